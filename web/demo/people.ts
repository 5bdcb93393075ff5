import { byId, h } from './dom.ts';

export type Person = { sub: string; name: string; email: string };

const storageKey = 'demo-people';
const first: Person[] = [
  { sub: 'user_ada', name: 'Ada Lovelace', email: 'ada@example.com' },
  { sub: 'user_grace', name: 'Grace Hopper', email: 'grace@example.com' },
  { sub: 'user_mary', name: 'Mary Jackson', email: 'mary@example.com' },
];

function added(): Person[] {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? '[]');
  } catch {
    return [];
  }
}

const named = (sub: string): Person => ({
  sub,
  name: sub
    .replace(/^user_/, '')
    .replace(/[-_]/g, ' ')
    .replace(/^./, (char) => char.toUpperCase()),
  email: `${sub.replace(/[^\w.-]/g, '')}@example.com`,
});

function go(sub: string): void {
  const url = new URL(location.href);
  url.searchParams.set('user', sub);
  location.assign(url);
}

/** Fills "signed in as" and answers who it is. */
export function signIn(): Person {
  const wanted = new URL(location.href).searchParams.get('user') ?? first[0]?.sub ?? 'user_ada';
  const all = [...first, ...added()];
  if (!all.some(({ sub }) => sub === wanted)) all.push(named(wanted));
  const person = all.find(({ sub }) => sub === wanted) ?? named(wanted);
  const select = byId('user', HTMLSelectElement);
  select.replaceChildren(
    ...all.map(({ sub, name }) => h('option', { value: sub, selected: sub === wanted }, name)),
  );
  select.addEventListener('change', () => go(select.value));
  const dialog = byId('new-user-dialog', HTMLDialogElement);
  const input = byId('new-user-name', HTMLInputElement);
  byId('new-user', HTMLButtonElement).addEventListener('click', () => dialog.showModal());
  byId('new-user-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close());
  byId('new-user-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (!name) return input.focus();
    const slug =
      name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '_')
        .slice(0, 40) || 'user';
    const sub = `user_${slug}_${crypto.randomUUID().slice(0, 4)}`;
    localStorage.setItem(storageKey, JSON.stringify([...added(), { ...named(sub), name }]));
    go(sub);
  });
  return person;
}
