import { readFileSync } from 'node:fs';
import { invalidParameter } from './fault.ts';

type Shape =
  | 'string'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'any'
  | { enum: string[] }
  | { array: number }
  | { map: number }
  | { union: number[] }
  | { emptyable: number }
  | { hash: Record<string, number> };
/** As scripts/stripe-parameters.ts takes it from the types of the SDK. */
interface Parameters {
  apiVersion: string;
  shapes: Shape[];
  endpoints: Record<string, { method: string; shape: number }>;
}
/** Of a form all text, of JSON anything. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

const { shapes, endpoints }: Parameters = JSON.parse(
  readFileSync(new URL('../generated/parameters.json', import.meta.url), 'utf8'),
);

/** `GET /v1/customers/{}` of `GET /v1/customers/:id`. */
export const endpointKey = (method: string, pattern: string): string =>
  `${method} ${pattern.replaceAll(/:[a-z_]+/g, '{}')}`;

/** The SDK's name of an endpoint (`customers.retrieve`), or undefined for one it does not know. */
export const sdkMethod = (key: string): string | undefined => endpoints[key]?.method;
export const sdkEndpoints = (): [key: string, method: string][] =>
  Object.entries(endpoints).map(([key, { method }]) => [key, method]);

/** The names of an endpoint's parameters, at the top. */
export function sdkParameters(key: string): string[] {
  const shape = shapes[endpoints[key]?.shape ?? -1];
  return typeof shape === 'object' && 'hash' in shape
    ? Object.keys(shape.hash).map((name) => name.replace(/!$/, ''))
    : [];
}

/** Paths of the SDK that a request could mean, compiled once. */
const known = Object.keys(endpoints).map((key) => {
  const [method = '', path = ''] = key.split(' ');
  return { key, method, expression: new RegExp(`^${path.replaceAll('{}', '[^/]+')}$`) };
});

/** The endpoint of the SDK a request is for, whether the emulator has it or not. */
export const sdkEndpointOf = (method: string, pathname: string): string | undefined =>
  known.find((one) => one.method === method && one.expression.test(pathname))?.key;

/** Codes of parameters that Stripe has removed and still knows by name (stripe.md 1), and where. */
const removed: Record<string, { code: string; on: RegExp }> = {
  payment_method_types: {
    code: 'payment_method_types_no_longer_supported',
    on: /\/v1\/(payment_intents|setup_intents|checkout\/sessions)(\/|$)/,
  },
};

const numbers = { integer: /^-?\d+$/, decimal: /^-?\d+(\.\d+)?$/ };
const named = (at: string, key: string): string => (at === '' ? key : `${at}[${key}]`);
const isHash = (value: Value): value is { [key: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: Value): string => (typeof value === 'string' ? value : JSON.stringify(value));

function wrongType(kind: string, value: Value, at: string): never {
  const code = { integer: 'parameter_invalid_integer', decimal: 'parameter_invalid_decimal' }[kind];
  throw invalidParameter(`Invalid ${kind}: ${shown(value)}`, at, code);
}

function emptied(at: string): never {
  throw invalidParameter(
    `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; however '${at}' cannot be unset. You should remove '${at}' from your request or supply a non-empty value.`,
    at,
    'parameter_invalid_empty',
  );
}

function checkHash(hash: Record<string, number>, value: { [key: string]: Value }, at: string): void {
  const names = new Map(Object.keys(hash).map((name) => [name.replace(/!$/, ''), name]));
  const unknown = Object.keys(value).filter((key) => !names.has(key));
  const [first] = unknown;
  if (first !== undefined) {
    const list = unknown.map((key) => named(at, key)).join(', ');
    const message = `Received unknown parameter${unknown.length > 1 ? 's' : ''}: ${list}`;
    throw invalidParameter(message, named(at, first), 'parameter_unknown');
  }
  for (const [name, key] of names) {
    const shape = hash[key];
    const given = value[name];
    // Null is JSON's way to unset.
    if (given === null) continue;
    if (given !== undefined && shape !== undefined) check(shape, given, named(at, name));
    else if (given === undefined && key.endsWith('!'))
      throw invalidParameter(
        `Missing required param: ${named(at, name)}.`,
        named(at, name),
        'parameter_missing',
      );
  }
}

function checkEnum(values: string[], value: Value, at: string): void {
  if (typeof value === 'string' && values.includes(value)) return;
  if (value === '') emptied(at);
  const last = values.at(-1);
  const choice = values.length > 1 ? `one of ${values.slice(0, -1).join(', ')}, or ${last}` : last;
  throw invalidParameter(`Invalid ${at}: must be ${choice}`, at);
}

/** Whether a value has the form of a shape at all, to choose among the parts of a union. */
function fits(index: number, value: Value): boolean {
  const shape = shapes[index];
  if (shape === undefined || shape === 'any') return true;
  if (shape === 'string') return typeof value === 'string';
  if (shape === 'integer' || shape === 'decimal')
    return ['string', 'number'].includes(typeof value) && numbers[shape].test(String(value));
  if (shape === 'boolean') return typeof value === 'boolean' || value === 'true' || value === 'false';
  if ('enum' in shape) return typeof value === 'string' && shape.enum.includes(value);
  if ('array' in shape) return Array.isArray(value);
  if ('union' in shape) return shape.union.some((one) => fits(one, value));
  if ('emptyable' in shape) return value === '' || value === null || fits(shape.emptyable, value);
  return isHash(value);
}

function check(index: number, value: Value, at: string): void {
  const shape = shapes[index];
  if (shape === undefined || shape === 'any') return;
  if (shape === 'string') {
    if (value === '') return;
    if (typeof value !== 'string') wrongType('string', value, at);
  } else if (shape === 'integer' || shape === 'decimal') {
    if (value === '') emptied(at);
    if (!fits(index, value)) wrongType(shape, value, at);
  } else if (shape === 'boolean') {
    if (value === '') emptied(at);
    if (!fits(index, value)) wrongType('boolean', value, at);
  } else if ('enum' in shape) checkEnum(shape.enum, value, at);
  else if ('array' in shape) checkArray(shape.array, value, at);
  else if ('emptyable' in shape) {
    if (value !== '' && value !== null) check(shape.emptyable, value, at);
  } else if ('union' in shape) {
    const fitting = shape.union.find((one) => fits(one, value)) ?? shape.union.at(-1);
    if (fitting !== undefined) check(fitting, value, at);
  } else if (!isHash(value)) {
    if (value !== '') throw invalidParameter('Invalid object', at);
  } else if ('map' in shape) {
    for (const [key, one] of Object.entries(value)) if (one !== '') check(shape.map, one, named(at, key));
  } else checkHash(shape.hash, value, at);
}

function checkArray(element: number, value: Value, at: string): void {
  // An empty list cannot be written in a form: Stripe reads an empty string as one.
  if (value === '') return;
  if (!Array.isArray(value)) throw invalidParameter('Invalid array', at);
  for (const [position, one] of value.entries()) check(element, one, `${at}[${position}]`);
}

/**
 * Refuses what Stripe's own types refuse: unknown and missing parameters, wrong types and wrong enums. An endpoint
 * the SDK does not know is not checked.
 */
export function checkParameters(key: string, raw: { [key: string]: Value }): void {
  const endpoint = endpoints[key];
  if (!endpoint) return;
  const shape = shapes[endpoint.shape];
  const hash = typeof shape === 'object' && 'hash' in shape ? shape.hash : {};
  for (const [name, { code, on }] of Object.entries(removed))
    if (raw[name] !== undefined && !(name in hash) && on.test(key))
      throw invalidParameter(`Received unknown parameter: ${name}`, name, code);
  // The SDK expands anywhere, and follows the pages of v2 lists by links of their own.
  const { expand, page, ...rest } = raw;
  const paged = key.startsWith('GET /v2/') ? rest : { ...rest, ...(page !== undefined && { page }) };
  checkHash(hash, { ...paged, ...('expand' in hash && expand !== undefined && { expand }) }, '');
}
