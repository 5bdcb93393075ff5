import type { Raw } from './form.ts';

/** A JSON body of v2 as the form that says the same: all values text, null an empty one. */
export function asRaw(value: unknown): Raw {
  if (Array.isArray(value)) return value.map(asRaw);
  if (typeof value !== 'object' || value === null) return value === null ? '' : String(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, asRaw(entry)]),
  );
}

/** The account a `Stripe-Context` header leads to: the last of its path. https://docs.stripe.com/context */
export function contextAccount(header: string | undefined) {
  return header?.split('/').at(-1) || undefined;
}

/** A page of v2: where the next one is, or null. https://docs.stripe.com/api-v2-overview#list-pagination */
export function v2Page<T extends { id: string }>(
  { data, has_more }: { data: T[]; has_more: boolean },
  url: string,
  query: Record<string, string | undefined>,
  page: string | undefined,
) {
  const address = (of: string | undefined) => {
    const given = Object.entries({ ...query, page: of }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    return `${url}?${new URLSearchParams(given)}`;
  };
  return {
    data,
    next_page_url: has_more ? address(data.at(-1)?.id) : null,
    previous_page_url: page === undefined ? null : address(undefined),
  };
}

/** Epoch seconds as v2 tells them. */
export function isoTime(seconds: number) {
  return new Date(seconds * 1000).toISOString();
}
