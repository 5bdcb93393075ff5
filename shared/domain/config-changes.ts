import { isDeepStrictEqual } from 'node:util';

export type ConfigChange = { path: string; from?: unknown; to?: unknown };

/** Lists of things with an id are compared by id, so that moving a tier is no change of another one. */
function flatten(value: unknown, path: string, into: Map<string, unknown>): Map<string, unknown> {
  const entries = entriesOf(value);
  if (!entries) return into.set(path, value);
  for (const [key, one] of entries) flatten(one, path === '' ? key : `${path}.${key}`, into);
  return into;
}

function entriesOf(value: unknown): [string, unknown][] | undefined {
  if (Array.isArray(value)) {
    const named = value.every((one) => typeof one === 'object' && one !== null && 'id' in one);
    return named && value.length > 0 ? value.map(({ id, ...rest }) => [String(id), rest]) : undefined;
  }
  return typeof value === 'object' && value !== null ? Object.entries(value) : undefined;
}

/** What changed between two configurations, as dotted paths (`pricing.tiers.basic.price`), sorted. */
export function configChanges(before: object, after: object): ConfigChange[] {
  const [old, now] = [flatten(before, '', new Map()), flatten(after, '', new Map())];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => !isDeepStrictEqual(old.get(path), now.get(path)))
    .sort()
    .map((path) => ({
      path,
      ...(old.has(path) && { from: old.get(path) }),
      ...(now.has(path) && { to: now.get(path) }),
    }));
}
