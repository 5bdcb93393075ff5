type Child = Node | string | null | false | undefined;
type Props = Record<string, string | number | boolean | EventListener | undefined>;

/** An element with attributes, listeners (functions, by event name) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** An amount of minor units in words. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const { maximumFractionDigits = 2 } = format.resolvedOptions();
  return format.format(amount / 10 ** maximumFractionDigits);
}

export function every({ interval, interval_count }: { interval: string; interval_count: number }): string {
  return interval_count === 1 ? `per ${interval}` : `every ${interval_count} ${interval}s`;
}

export const day = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleDateString('en-US', { year: 'numeric', month: 'long', day: 'numeric' });

/** A labelled input with a place for its error. */
export function input(id: string, label: string, props: Props = {}): HTMLDivElement {
  return h(
    'div',
    { class: 'field', id: `field-${id}` },
    h('label', { for: id }, label),
    h('div', { class: 'box' }, h('input', { id, name: id, 'aria-describedby': `${id}-error`, ...props })),
    h('p', { class: 'error', id: `${id}-error`, role: 'alert' }),
  );
}

export function typedIn(id: string): string {
  const found = document.getElementById(id);
  return found instanceof HTMLInputElement || found instanceof HTMLSelectElement ? found.value.trim() : '';
}

/** Shows an error under a field, or takes it away. True when there is none. */
export function complain(id: string, message: string): boolean {
  const place = document.getElementById(`${id}-error`);
  if (place) place.textContent = message;
  document.getElementById(id)?.setAttribute('aria-invalid', String(message !== ''));
  return message === '';
}
