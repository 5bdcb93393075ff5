import { notYet } from '../core/fault.ts';
import type { Raw } from '../core/form.ts';
import type { Route } from '../core/routes.ts';
import type { Tx } from '../core/tx.ts';

type Hash = { [key: string]: Raw };

/** Values as a form would have brought them: null unsets, undefined is left out. */
export function formOf(value: unknown): Raw {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(formOf);
  if (typeof value === 'object') return formHash(value);
  return String(value);
}

export function formHash(value: object): Hash {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, formOf(entry)]),
  );
}

/** Calls an endpoint from within, so that what a page does is what the API does. Throws its faults. */
export function callRoute<T extends object>(
  tx: Tx,
  routes: Route[],
  operation: `${'GET' | 'POST' | 'DELETE'} ${string}`,
  params: object,
  path: string[] = [],
): T {
  const found = routes.find(({ method, pattern }) => `${method} ${pattern}` === operation);
  if (!found) throw notYet(operation);
  return found.answer(tx, path, formHash(params)).body as T;
}
