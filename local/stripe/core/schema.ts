import { invalidParameter } from './fault.ts';
import type { Raw } from './form.ts';

/** How one parameter is read. `required` ones must be sent. */
export interface Kind<T, R extends boolean = boolean> {
  required: R;
  parse(value: Raw, name: string): T;
}
export type Schema = Record<string, Kind<unknown>>;
type RequiredKeys<S extends Schema> = { [K in keyof S]: S[K]['required'] extends true ? K : never }[keyof S];
export type Params<S extends Schema> = { [K in RequiredKeys<S>]: ReturnType<S[K]['parse']> } & {
  [K in Exclude<keyof S, RequiredKeys<S>>]?: ReturnType<S[K]['parse']>;
};

function kind<T>(parse: (value: Raw, name: string) => T): Kind<T, false> {
  return { required: false, parse };
}

export function required<T>(inner: Kind<T>): Kind<T, true> {
  return { required: true, parse: inner.parse };
}

function unsettable(name: string) {
  return invalidParameter(
    `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
    name,
    'parameter_invalid_empty',
  );
}

/** Text that cannot be unset, such as an id. */
export const string = kind((value, name) => {
  if (typeof value !== 'string') throw invalidParameter('Invalid string: must be a string', name);
  if (value === '') throw unsettable(name);
  return value;
});

/** Text that an empty string unsets. */
export const text = kind((value, name) => {
  if (typeof value !== 'string') throw invalidParameter('Invalid string: must be a string', name);
  return value === '' ? null : value;
});

export const integer = kind((value, name) => {
  if (typeof value !== 'string' || !/^-?\d+$/.test(value)) {
    throw invalidParameter(`Invalid integer: ${String(value)}`, name, 'parameter_invalid_integer');
  }
  return Number(value);
});

export const decimal = kind((value, name) => {
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?$/.test(value)) {
    throw invalidParameter(`Invalid decimal: ${String(value)}`, name, 'parameter_invalid_decimal');
  }
  return Number(value);
});

export const boolean = kind((value, name) => {
  if (value !== 'true' && value !== 'false')
    throw invalidParameter(`Invalid boolean: ${String(value)}`, name);
  return value === 'true';
});

export function oneOf<const T extends string>(...values: T[]): Kind<T, false> {
  return kind((value, name) => {
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    if (value === '') throw unsettable(name);
    const last = values.at(-1);
    const choice = values.length > 1 ? `one of ${values.slice(0, -1).join(', ')}, or ${last}` : String(last);
    throw invalidParameter(`Invalid ${name}: must be ${choice}`, name);
  });
}

/** Reads with the first kind that accepts the value. */
export function either<A, B>(first: Kind<A>, second: Kind<B>): Kind<A | B, false> {
  return kind((value, name): A | B => {
    try {
      return first.parse(value, name);
    } catch {
      return second.parse(value, name);
    }
  });
}

/** An empty string unsets: null. */
export function emptyable<T>(inner: Kind<T>): Kind<T | null, false> {
  return kind((value, name) => (value === '' ? null : inner.parse(value, name)));
}

export function list<T>(inner: Kind<T>): Kind<T[], false> {
  return kind((value, name) => {
    if (value === '') return [];
    if (!Array.isArray(value)) throw invalidParameter('Invalid array', name);
    return value.map((entry, index) => inner.parse(entry, `${name}[${index}]`));
  });
}

export function hash<S extends Schema>(schema: S): Kind<Params<S>, false> {
  return kind((value, name) => {
    if (typeof value !== 'object' || Array.isArray(value)) throw invalidParameter('Invalid object', name);
    return parseParams(schema, value, name);
  });
}

/** Accepted whatever it says, and not looked at: it changes nothing the emulator does. */
export const accepted = kind((value): unknown => value);

/** Keys to set, keys to unset (null), or null to unset all. https://docs.stripe.com/api/metadata */
export const metadata = kind((value, name): Record<string, string | null> | null => {
  if (value === '') return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidParameter('Invalid metadata: metadata must be a set of key-value pairs', name);
  }
  const entries = Object.entries(value).map(([key, entry]): [string, string | null] => {
    if (typeof entry !== 'string')
      throw invalidParameter(
        `Metadata values must be strings, but for key: ${key} you passed in a value of type: hash`,
        `${name}[${key}]`,
      );
    if (key.length > 40) throw invalidParameter(`Metadata keys can have up to 40 characters: ${key}`, name);
    if (/[[\]]/.test(key)) throw invalidParameter(`Metadata keys cannot have square brackets: ${key}`, name);
    if (entry.length > 500)
      throw invalidParameter('Metadata values can have up to 500 characters', `${name}[${key}]`);
    return [key, entry === '' ? null : entry];
  });
  if (entries.length > 50) throw invalidParameter('You can have up to 50 metadata keys', name);
  return Object.fromEntries(entries);
});

const range = hash({ gt: integer, gte: integer, lt: integer, lte: integer });
/** A `created` filter: a moment or a range. */
export const moments = either(integer, range);
export type Moments = ReturnType<typeof moments.parse>;

/** What every list accepts. */
export const paging = { limit: integer, starting_after: string, ending_before: string };

export function parseParams<S extends Schema>(schema: S, raw: { [key: string]: Raw }, at = ''): Params<S> {
  const named = (key: string) => (at === '' ? key : `${at}[${key}]`);
  const unknown = Object.keys(raw).filter((key) => !(key in schema));
  if (unknown.length > 0) {
    throw invalidParameter(
      `Received unknown parameter${unknown.length > 1 ? 's' : ''}: ${unknown.map(named).join(', ')}`,
      named(unknown[0] ?? ''),
      'parameter_unknown',
    );
  }
  const parsed: Record<string, unknown> = {};
  for (const [key, { required: needed, parse }] of Object.entries(schema)) {
    const value = raw[key];
    if (value !== undefined) parsed[key] = parse(value, named(key));
    else if (needed)
      throw invalidParameter(`Missing required param: ${named(key)}.`, named(key), 'parameter_missing');
  }
  return parsed as Params<S>;
}
