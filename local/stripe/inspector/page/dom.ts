export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return found as T;
}

type Child = Node | string;

/** An element with text and children in it; nothing is ever read as HTML. */
export function element(name: string, attributes: Record<string, string>, ...children: Child[]) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function link(href: string, text: string) {
  return element('a', { href }, text);
}

/** A table; the first cell of each row is its header. */
export function table(heads: string[], rows: Child[][]) {
  const head = element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)));
  const body = rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, cell))));
  return element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
}

/** Milliseconds as a time people read. */
export function time(milliseconds: number) {
  return new Date(milliseconds).toISOString().replace('T', ' ').slice(0, 19);
}

// Not the keys of a hash, and with a capital or a digit in them.
const ids = /"((?:[a-z]+_)+(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{8,})"(?!:)/g;

/** JSON with each id a link to what it names. */
export function json(value: object) {
  const pre = element('pre', {});
  const text = JSON.stringify(value, null, 2);
  let at = 0;
  for (const match of text.matchAll(ids)) {
    const [whole, id = ''] = match;
    pre.append(text.slice(at, match.index + 1), link(`#find/${id}`, id), '"');
    at = match.index + whole.length;
  }
  pre.append(text.slice(at));
  return pre;
}
