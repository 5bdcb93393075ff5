type Hash = { [key: string]: unknown };

function isHash(value: unknown): value is Hash {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isHidden(key: string, value: unknown) {
  return key === '_' && typeof value === 'object';
}

function keysOf(value: Hash) {
  return Object.keys(value).filter((key) => value[key] !== undefined && !isHidden(key, value[key]));
}

/** True when the parts of two values that the API shows are the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((entry, index) => same(entry, b[index]));
  if (!isHash(a) || !isHash(b)) return false;
  const keys = keysOf(a);
  return keys.length === keysOf(b).length && keys.every((key) => same(a[key], b[key]));
}

/** A copy as the API shows it: what is hidden and what is undefined left out. */
export function bare(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => bare(entry) ?? null);
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  const copy: Hash = {};
  for (const [key, entry] of Object.entries(value))
    if (entry !== undefined && !isHidden(key, entry)) copy[key] = bare(entry);
  return copy;
}

/**
 * What changed, as it was before: `previous_attributes` of an event. Inside hashes only the changed keys are
 * named, lists are given whole, a key that was not there is null. https://docs.stripe.com/api/events/object
 */
export function previousAttributes(before: object, after: object): Hash {
  const was: Hash = { ...before };
  const is: Hash = { ...after };
  const changed: Hash = {};
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const old = was[key];
    const now = is[key];
    if (same(old, now)) continue;
    changed[key] = isHash(old) && isHash(now) ? previousAttributes(old, now) : (old ?? null);
  }
  return changed;
}
