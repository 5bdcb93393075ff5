import { expect, test } from 'vitest';
import { object, text } from '../json.ts';
import { unitsByKey } from './key-units.ts';

const leading = (_table: unknown, item: Parameters<typeof object>[0]) => text(object(object(item).PK).S);
const key = (PK: string) => ({ PK: { S: PK }, SK: { S: 'x' } });
const big = (PK: string, kilobytes: number) => ({
  ...key(PK),
  text: { S: 'x'.repeat(kilobytes * 1024 - 100) },
});

test('a read of several items is shared out by their blocks of 4 kB; a missing one costs a block', () => {
  const input = { RequestItems: { t: { Keys: [key('a'), key('b'), key('gone')] } } };
  const answer = JSON.stringify({ Responses: { t: [big('b', 8), big('a', 1)] } });
  expect(unitsByKey('BatchGetItem', input, answer, 4, leading)).toEqual([
    { key: 'a', units: 1 },
    { key: 'b', units: 2 },
    { key: 'gone', units: 1 },
  ]);
});

test('a transaction is shared out by its items’ kilobytes', () => {
  const input = {
    TransactItems: [
      { Put: { TableName: 't', Item: big('a', 3) } },
      { Put: { TableName: 't', Item: key('b') } },
    ],
  };
  expect(unitsByKey('TransactWriteItems', input, '{}', 8, leading)).toEqual([
    { key: 'a', units: 6 },
    { key: 'b', units: 2 },
  ]);
});

test('a call of one item is all of one key', () => {
  expect(unitsByKey('PutItem', { TableName: 't', Item: key('a') }, '{}', 3, leading)).toEqual([
    { key: 'a', units: 3 },
  ]);
  expect(unitsByKey('UpdateItem', { TableName: 't', Key: key('b') }, '{}', 1, leading)).toEqual([
    { key: 'b', units: 1 },
  ]);
});
