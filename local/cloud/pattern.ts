import { type Json, type JsonObject, list, object, text } from './json.ts';

const isObject = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function wildcard(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+?^${}()|[\]]/g, '\\$&')
    .replace(/\\\*|\*/g, (found) => (found === '*' ? '.*' : '\\*'));
  return new RegExp(`^${source}$`, 's').test(value);
}

function compare(operator: string, left: number, right: number): boolean {
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  if (operator === '>') return left > right;
  if (operator === '>=') return left >= right;
  return left === right;
}

function inCidr(cidr: string, address: string): boolean {
  const [network = '', bits = '32'] = cidr.split('/');
  const read = (value: string) => value.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const block = 2 ** (32 - Number(bits));
  return Math.floor(read(network) / block) === Math.floor(read(address) / block);
}

/** `prefix`, `suffix`, `equals-ignore-case` and `wildcard` take a string or, inside anything-but, several. */
function stringOperator(name: string, operand: Json, value: Json | undefined): boolean {
  if (typeof value !== 'string') return false;
  const folded = isObject(operand) ? operand['equals-ignore-case'] : undefined;
  const [wanted, given] =
    folded === undefined ? [text(operand), value] : [text(folded).toLowerCase(), value.toLowerCase()];
  if (name === 'prefix') return given.startsWith(wanted);
  if (name === 'suffix') return given.endsWith(wanted);
  if (name === 'wildcard') return wildcard(wanted, given);
  return given.toLowerCase() === wanted.toLowerCase();
}

function operatorMatches(name: string, operand: Json, value: Json | undefined): boolean {
  switch (name) {
    case 'prefix':
    case 'suffix':
    case 'wildcard':
    case 'equals-ignore-case':
      return stringOperator(name, operand, value);
    case 'anything-but': {
      if (value === undefined) return false;
      if (!isObject(operand)) return !list(operand).some((item) => item === value);
      return Object.entries(operand).every(([inner, operands]) =>
        list(operands).every((item) => !stringOperator(inner, item, value)),
      );
    }
    case 'numeric': {
      if (typeof value !== 'number') return false;
      const parts = list(operand);
      return parts.every(
        (part, index) => index % 2 === 1 || compare(text(part), value, Number(parts[index + 1])),
      );
    }
    case 'cidr':
      return typeof value === 'string' && inCidr(text(operand), value);
    default:
      throw new Error(`The event pattern operator ${name} is not known.`);
  }
}

function leafMatches(alternatives: Json[], value: Json | undefined): boolean {
  const values = Array.isArray(value) ? value : [value];
  return alternatives.some((alternative) => {
    if (!isObject(alternative)) return values.some((item) => item === alternative);
    return Object.entries(alternative).some(([name, operand]) => {
      if (name === 'exists') return operand === (value !== undefined && !isObject(value));
      return values.some((item) => operatorMatches(name, operand, item));
    });
  });
}

/** Whether an EventBridge pattern matches an event (content filtering as documented for event patterns). */
export function matches(pattern: JsonObject, event: Json | undefined): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    if (key === '$or' && Array.isArray(expected)) return expected.some((one) => matches(object(one), event));
    const value = isObject(event) ? event[key] : undefined;
    if (!isObject(expected)) return leafMatches(list(expected), value);
    if (Array.isArray(value)) return value.some((item) => matches(expected, item));
    return matches(expected, value);
  });
}
