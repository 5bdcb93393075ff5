import { type Json, type JsonObject, list, object, parseJson } from '../json.ts';

/** What a call used of one partition key, in capacity units. */
export type KeyUnits = { key: string; units: number };

const kilobyte = 1024;
/** A read is counted in blocks of 4 kB, a write in blocks of 1 kB. */
const readBlock = 4 * kilobyte;

const blocksOf = (item: Json, size: number): number =>
  Math.max(1, Math.ceil(Buffer.byteLength(JSON.stringify(item)) / size));

/**
 * Whose units those of a call were. One call may touch many keys, and the engine counts the call as a whole: it is shared
 * out by the size of the items.
 * @param leading an item's or key's partition key, if it has one
 */
export function unitsByKey(
  operation: string,
  input: JsonObject,
  answer: string,
  units: number,
  leading: (table: Json | undefined, item: Json | undefined) => string,
): KeyUnits[] {
  const parts = partsOf(operation, input, answer).map(({ table, item, blocks }) => ({
    key: leading(table, item),
    blocks,
  }));
  const total = parts.reduce((sum, { blocks }) => sum + blocks, 0);
  return parts
    .filter(({ key }) => key !== '')
    .map(({ key, blocks }) => ({ key, units: (units * blocks) / total }));
}

type Part = { table: Json; item: Json | undefined; blocks: number };

function partsOf(operation: string, input: JsonObject, answer: string): Part[] {
  if (operation === 'TransactWriteItems')
    return list(input.TransactItems)
      .flatMap((one) => Object.values(object(one)))
      .map((part) => {
        const { TableName = '', Key, Item } = object(part);
        return { table: TableName, item: Item ?? Key, blocks: blocksOf(Item ?? null, kilobyte) };
      });
  if (operation === 'BatchGetItem') {
    const responses = object(object(parseJson(answer)).Responses);
    return Object.entries(object(input.RequestItems)).flatMap(([table, asked]) => {
      const found = list(responses[table]).map((item) => object(item));
      return list(object(asked).Keys).map((key): Part => {
        const names = Object.entries(object(key));
        const item = found.find((one) =>
          names.every(([name, value]) => JSON.stringify(one[name]) === JSON.stringify(value)),
        );
        return { table, item: key, blocks: blocksOf(item ?? null, readBlock) };
      });
    });
  }
  if (operation === 'BatchWriteItem')
    return Object.entries(object(input.RequestItems)).flatMap(([table, requests]) =>
      list(requests)
        .map((request) => object(Object.values(object(request))[0]))
        .map(({ Key, Item }) => ({ table, item: Item ?? Key, blocks: blocksOf(Item ?? null, kilobyte) })),
    );
  const { TableName = '', Key, Item } = input;
  return [{ table: TableName, item: Item ?? Key, blocks: 1 }];
}
