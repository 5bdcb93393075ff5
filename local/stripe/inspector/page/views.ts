import type { Call, Delivery, Detail, EventListed, Listed } from '../wire.ts';
import { ask, send } from './ask.ts';
import { element, json, link, table, time } from './dom.ts';

export interface Place {
  scope: string;
  section: string;
  /** Of the section: a kind of objects, or what is shown. */
  kind: string;
  id: string;
}

export function hrefOf({ scope, section, kind, id }: Place) {
  return `#${[scope, section, kind || '-', id].filter(Boolean).join('/')}`;
}

const seconds = (value: number | null) => (value === null ? '' : time(value * 1000));

function more(rows: { seq: number }[], load: (before: number) => void): Node[] {
  const last = rows.at(-1);
  if (rows.length < 50 || !last) return [];
  const button = element('button', { type: 'button' }, 'Older');
  button.addEventListener('click', () => load(last.seq));
  return [button];
}

function nothing(what: string) {
  return element('p', { class: 'muted' }, `There are no ${what} here yet.`);
}

type Load = (before: number) => void;

export async function objectsView(place: Place, before: string, load: Load): Promise<Node[]> {
  const { scope } = place;
  const kinds = await ask<{ kind: string; count: number }[]>('kinds', { scope });
  if (kinds.length === 0) return [nothing('objects')];
  const chosen = kinds.some(({ kind }) => kind === place.kind) ? place.kind : (kinds[0]?.kind ?? '');
  const bar = kinds.map(({ kind, count }) => {
    const made = link(hrefOf({ ...place, kind, id: '' }), `${kind} (${count})`);
    if (kind === chosen) made.setAttribute('aria-current', 'true');
    return made;
  });
  const rows = await ask<Listed[]>('objects', { scope, kind: chosen, before });
  const cells = rows.map(({ id, about, created }) => [
    link(hrefOf({ ...place, kind: chosen, id }), id),
    about,
    seconds(created),
  ]);
  return [
    element('div', { class: 'kinds' }, ...bar),
    table(['Id', '', 'Created'], cells),
    ...more(rows, load),
  ];
}

function mark(state: string) {
  return element(
    'span',
    { class: state === 'failed' ? 'bad' : state === 'delivered' ? 'good' : 'muted' },
    state,
  );
}

export async function eventsView(place: Place, before: string, load: Load): Promise<Node[]> {
  const rows = await ask<EventListed[]>('events', { scope: place.scope, before });
  if (rows.length === 0) return [nothing('events')];
  const cells = rows.map(({ id, type, object, created, states }) => [
    link(hrefOf({ ...place, id }), type),
    object === null ? '' : link(`#find/${object}`, object),
    element('span', {}, ...states.flatMap((state) => [mark(state), ' '])),
    seconds(created),
  ]);
  return [table(['Event', 'Object', 'Deliveries', 'Created'], cells), ...more(rows, load)];
}

export async function requestsView(place: Place, before: string, load: Load): Promise<Node[]> {
  const rows = await ask<Call[]>('requests', { scope: place.scope, before });
  if (rows.length === 0) return [nothing('requests')];
  const cells = rows.map(({ id, method, path, status, key, at, milliseconds }) => [
    link(hrefOf({ ...place, id }), `${method} ${path}`),
    element('span', { class: status < 400 ? 'good' : 'bad' }, String(status)),
    key ?? '',
    `${time(at)}, ${milliseconds} ms`,
  ]);
  return [table(['Request', 'Status', 'Idempotency key', 'Time'], cells), ...more(rows, load)];
}

export async function webhooksView(place: Place): Promise<Node[]> {
  const rows = await ask<(Listed & { kind: string })[]>('webhooks', { scope: place.scope });
  if (rows.length === 0) return [nothing('webhook endpoints')];
  const cells = rows.map(({ id, kind, about, created }) => [
    link(hrefOf({ ...place, id }), id),
    kind,
    about,
    seconds(created),
  ]);
  return [table(['Id', 'Kind', 'Status', 'Created'], cells)];
}

function attemptsOf({ attempts }: Delivery) {
  if (attempts.length === 0) return element('p', { class: 'muted' }, 'No attempt yet.');
  return table(
    ['At', 'Status', 'Answer', 'Took'],
    attempts.map(({ at, status, answer, milliseconds }) => [
      time(at),
      element(
        'span',
        { class: status !== null && status < 300 ? 'good' : 'bad' },
        String(status ?? 'no answer'),
      ),
      answer.slice(0, 300),
      `${milliseconds} ms`,
    ]),
  );
}

function deliveryOf(delivery: Delivery, event: string, again: () => void) {
  const resend = element('button', { type: 'button' }, 'Resend');
  resend.addEventListener('click', async () => {
    resend.setAttribute('disabled', '');
    await send('POST', '/_/webhooks/redeliver', { id: event, endpoint: delivery.endpoint });
    again();
  });
  const due =
    delivery.due === null || delivery.state !== 'waiting' ? '' : `, next attempt ${time(delivery.due)}`;
  return element(
    'div',
    { class: 'delivery' },
    element(
      'h3',
      {},
      'To ',
      link(`#find/${delivery.endpoint}`, delivery.endpoint),
      ': ',
      mark(delivery.state),
      due,
    ),
    attemptsOf(delivery),
    resend,
  );
}

function parsed(text: unknown) {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return text;
  }
}

export async function detailView(place: Place, again: () => void): Promise<Node[]> {
  const {
    title,
    json: value,
    deliveries,
  } = await ask<Detail>('detail', { scope: place.scope, id: place.id });
  const call = value as { request?: unknown; answer?: unknown };
  const told =
    place.section === 'requests'
      ? { ...call, request: parsed(call.request), answer: parsed(call.answer) }
      : value;
  return [
    element('h2', {}, `${title} ${place.id}`),
    ...(deliveries ?? []).map((delivery) => deliveryOf(delivery, place.id, again)),
    ...(deliveries?.length === 0
      ? [element('p', { class: 'muted' }, 'No endpoint listens to this event.')]
      : []),
    json(told),
  ];
}
