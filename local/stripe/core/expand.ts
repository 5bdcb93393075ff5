import { invalidRequest } from './fault.ts';
import type { Tx } from './tx.ts';
import { shown } from './unit-of-work.ts';

type Hash = { [key: string]: unknown };
/** Fields that are not there at all unless they are expanded, by object. */
export type Virtuals = Record<string, Record<string, (tx: Tx, id: string) => unknown>>;

function isHash(value: unknown): value is Hash {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fetched(tx: Tx, id: string): Hash | undefined {
  const row = tx.any(id) ?? (id.startsWith('acct_') ? tx.on(id).any(id) : undefined);
  return row && shown(row);
}

/** Of other accounts: the charge of a fee, the fee of a charge, what a transfer became. */
function elsewhere(tx: Tx, target: Hash, key: string, id: string): Hash | undefined {
  const account = target.account ?? target.destination;
  if (typeof account === 'string' && account.startsWith('acct_')) return fetched(tx.on(account), id);
  return key === 'application_fee' || key === 'source_transfer' ? fetched(tx.platform(), id) : undefined;
}

/** Stripe's refusal; a list's own properties are reached by way of its data. */
function unexpandable(target: Hash, key: string, whole: string) {
  const [first] = Array.isArray(target.data) ? target.data : [];
  const below = isHash(first) && key in first;
  const hint = below ? ` You may want to try expanding 'data.${key}' instead.` : '';
  return invalidRequest(`This property cannot be expanded (${whole}).${hint}`);
}

function expandPath(tx: Tx, virtuals: Virtuals, target: Hash, keys: string[], whole: string) {
  const [key, ...rest] = keys;
  if (key === undefined) return;
  const virtual = virtuals[String(target.object)]?.[key];
  if (virtual && target[key] === undefined) {
    const value = virtual(tx, String(target.id));
    // One that has no value is left out.
    if (value === undefined) return;
    target[key] = isHash(value) ? shown(value) : value;
  }
  const value = target[key];
  // Of a search's result: there only when it is asked for.
  if (key === 'total_count' && value !== undefined) return;
  if (typeof value === 'string') {
    const object = fetched(tx, value) ?? elsewhere(tx, target, key, value);
    if (!object) throw unexpandable(target, key, whole);
    target[key] = object;
  } else if (value === undefined || typeof value === 'number' || typeof value === 'boolean')
    throw unexpandable(target, key, whole);
  const now = target[key];
  if (key === 'metadata') throw unexpandable(target, key, whole);
  if (Array.isArray(now)) {
    now.forEach((entry, index) => {
      if (typeof entry === 'string') now[index] = fetched(tx, entry) ?? entry;
      if (isHash(now[index])) expandPath(tx, virtuals, now[index], rest, whole);
    });
  } else if (isHash(now)) expandPath(tx, virtuals, now, rest, whole);
}

/** The object as it is answered: what is hidden left out, what is asked for put in. https://docs.stripe.com/api/expanding_objects */
export function rendered(tx: Tx, virtuals: Virtuals, body: object, paths: string[]) {
  const target = shown(body);
  for (const path of paths) {
    const keys = path.split('.');
    // The `data` of a list is one of them.
    if (keys.length > 4)
      throw invalidRequest(
        `You cannot expand more than 4 levels of a property. Property: ${path}`,
        undefined,
        'property_expansion_max_depth',
      );
    expandPath(tx, virtuals, target, keys, path);
  }
  return target;
}
