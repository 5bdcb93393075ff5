import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../local/cloud/json.ts';
import { matches } from '../../local/cloud/pattern.ts';

const cases: [what: string, pattern: JsonObject, event: Json, matches: boolean][] = [
  ['exact', { source: ['a', 'b'] }, { source: 'b' }, true],
  ['exact, other', { source: ['a'] }, { source: 'b' }, false],
  ['exact, absent', { source: ['a'] }, {}, false],
  ['number is no string', { n: [1] }, { n: '1' }, false],
  ['null', { n: [null] }, { n: null }, true],
  ['all fields count', { a: [1], b: [2] }, { a: 1, b: 3 }, false],
  ['nested', { detail: { livemode: [true] } }, { detail: { livemode: true } }, true],
  ['array in event', { tags: ['x'] }, { tags: ['y', 'x'] }, true],
  ['array of objects', { items: { id: ['x'] } }, { items: [{ id: 'y' }, { id: 'x' }] }, true],
  ['prefix', { t: [{ prefix: 'invoice.' }] }, { t: 'invoice.paid' }, true],
  ['prefix, other', { t: [{ prefix: 'invoice.' }] }, { t: 'charge.paid' }, false],
  ['prefix, any case', { t: [{ prefix: { 'equals-ignore-case': 'INV' } }] }, { t: 'invoice' }, true],
  ['suffix', { t: [{ suffix: '.png' }] }, { t: 'a.png' }, true],
  ['anything-but', { t: [{ 'anything-but': ['a', 'b'] }] }, { t: 'c' }, true],
  ['anything-but, listed', { t: [{ 'anything-but': ['a', 'b'] }] }, { t: 'a' }, false],
  ['anything-but, absent', { t: [{ 'anything-but': 'a' }] }, {}, false],
  ['anything-but prefix', { t: [{ 'anything-but': { prefix: 'in' } }] }, { t: 'invoice' }, false],
  ['exists', { t: [{ exists: true }] }, { t: null }, true],
  ['exists, absent', { t: [{ exists: true }] }, {}, false],
  ['not exists', { t: [{ exists: false }] }, {}, true],
  ['numeric range', { n: [{ numeric: ['>', 0, '<=', 5] }] }, { n: 5 }, true],
  ['numeric range, outside', { n: [{ numeric: ['>', 0, '<=', 5] }] }, { n: 6 }, false],
  ['numeric equal', { n: [{ numeric: ['=', 3] }] }, { n: 3 }, true],
  ['numeric of a string', { n: [{ numeric: ['=', 3] }] }, { n: '3' }, false],
  ['equals-ignore-case', { t: [{ 'equals-ignore-case': 'Alice' }] }, { t: 'aLICE' }, true],
  ['wildcard', { t: [{ wildcard: 'customer.*.updated' }] }, { t: 'customer.subscription.updated' }, true],
  ['wildcard, dot is a dot', { t: [{ wildcard: 'a.*' }] }, { t: 'abc' }, false],
  ['$or, second', { $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, true],
  ['$or, none', { $or: [{ a: [1] }, { b: [2] }] }, { a: 2 }, false],
  ['one of several operators', { t: [{ prefix: 'a' }, 'b'] }, { t: 'b' }, true],
  ['cidr', { ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '10.0.0.9' }, true],
  ['cidr, outside', { ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '10.0.1.9' }, false],
];

test.each(cases)('%s', (_what, pattern, event, expected) => {
  expect(matches(pattern, event)).toBe(expected);
});
