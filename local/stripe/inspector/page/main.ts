import type { Found, Overview } from '../wire.ts';
import { ask } from './ask.ts';
import { byId, element, link } from './dom.ts';
import { advance, showTime } from './time.ts';
import {
  detailView,
  eventsView,
  hrefOf,
  objectsView,
  type Place,
  requestsView,
  webhooksView,
} from './views.ts';

const sections = { objects: objectsView, requests: requestsView, events: eventsView, webhooks: webhooksView };
type Section = keyof typeof sections;
const newest = String(Number.MAX_SAFE_INTEGER);

const account = byId<HTMLSelectElement>('account');
const mode = byId<HTMLSelectElement>('mode');
let drawn = 0;

function placeNow(): Place {
  const [owner = '', way = 'test', section = 'objects', kind = '', ...id] = location.hash.slice(1).split('/');
  return {
    scope: `${owner || account.value}/${way}`,
    section: section in sections ? section : 'objects',
    kind: kind === '-' ? '' : kind,
    id: id.join('/'),
  };
}

function say(text: string, bad = false) {
  byId('status').textContent = text;
  byId('status').classList.toggle('bad', bad);
}

/** Does something, says what is being done and what went wrong. */
async function doing(what: string, work: () => Promise<void>) {
  say(what);
  try {
    await work();
    say('');
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
  }
}

async function showAccounts({ scope }: Place) {
  const { accounts } = await ask<Overview>('overview');
  const [owner = '', way = 'test'] = scope.split('/');
  account.replaceChildren(
    ...accounts.map(({ id, name }) => element('option', { value: id }, name === id ? id : `${name} (${id})`)),
  );
  account.value = owner || (accounts[0]?.id ?? '');
  mode.value = way;
}

function showSections(place: Place) {
  byId('sections').replaceChildren(
    ...Object.keys(sections).map((section) => {
      const made = link(
        hrefOf({ ...place, section, kind: '', id: '' }),
        section[0]?.toUpperCase() + section.slice(1),
      );
      if (section === place.section) made.setAttribute('aria-current', 'page');
      return made;
    }),
  );
}

async function showList(place: Place, before = newest) {
  const view = sections[place.section as Section];
  const nodes = await view(
    place,
    before,
    (older) => void doing('Loading…', () => showList(place, String(older))),
  );
  byId('list').replaceChildren(...nodes);
}

async function show(focus = false) {
  const [first, sought = ''] = location.hash.slice(1).split('/');
  if (first === 'find') return findId(sought);
  const turn = ++drawn;
  await showAccounts(placeNow());
  const place = placeNow();
  showSections(place);
  await Promise.all([showTime(), showList(place)]);
  if (turn !== drawn) return;
  if (place.id === '')
    return byId('detail').replaceChildren(
      element('p', { class: 'muted' }, 'Choose something to see it here.'),
    );
  byId('detail').replaceChildren(
    ...(await detailView(place, () => setTimeout(() => void doing('Sending…', () => show()), 300))),
  );
  if (focus) byId('detail').focus();
}

async function findId(id: string) {
  const { scope, kind } = await ask<Found>('find', { id });
  const section = { event: 'events', request: 'requests', webhook_endpoint: 'webhooks' }[kind] ?? 'objects';
  location.replace(hrefOf({ scope, section, kind: section === 'objects' ? kind : '', id }));
}

function go(change: Partial<Place>) {
  location.hash = hrefOf({ ...placeNow(), ...change });
}

for (const select of [account, mode])
  select.addEventListener('change', () => go({ scope: `${account.value}/${mode.value}`, id: '' }));
byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  location.hash = `find/${byId<HTMLInputElement>('sought').value.trim()}`;
});
for (const button of byId('time').querySelectorAll('button'))
  button.addEventListener('click', () =>
    doing('Time passes…', async () => {
      button.disabled = true;
      try {
        await advance(button.dataset.by ?? '');
      } finally {
        button.disabled = false;
      }
      await show();
    }),
  );
window.addEventListener('hashchange', () => doing('Loading…', () => show(true)));
doing('Loading…', () => show());
