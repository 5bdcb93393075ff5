import { byId, h, pause } from './dom.ts';

const log = () => byId('messages', HTMLElement);

function show(element: HTMLElement): HTMLElement {
  log().append(element);
  reveal(element);
  return element;
}

export function reveal(element: HTMLElement): void {
  element.scrollIntoView({ block: 'nearest' });
}

export const fromUser = (text: string): HTMLElement =>
  show(h('div', { class: 'message user' }, h('span', { class: 'hidden' }, 'You: '), text));

/** What the agent says: text, or something to use such as the plans. */
export function fromAgent(testid: string, ...content: (Node | string)[]): HTMLElement {
  const wide = content.some((part) => part instanceof HTMLElement && part.tagName === 'SECTION');
  return show(h('div', { class: `message agent${wide ? ' wide' : ''}`, 'data-testid': testid }, ...content));
}

/** Shows that an answer is coming, for as long as it takes to be believable. */
export async function typing(): Promise<void> {
  const dots = h('div', { class: 'message agent typing', 'aria-label': 'The assistant is writing' });
  dots.append(h('i'), h('i'), h('i'));
  show(dots);
  await pause(600);
  dots.remove();
}

/** For what only the eye would notice otherwise. */
export function announce(text: string): void {
  byId('announcer', HTMLElement).textContent = text;
}
