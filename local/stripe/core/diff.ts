type Hash = { [key: string]: unknown };

function isHash(value: unknown): value is Hash {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function same(a: unknown, b: unknown) {
  return JSON.stringify(a) === JSON.stringify(b);
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
