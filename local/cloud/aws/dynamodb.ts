import { callEngine } from '../dynoxide.ts';
import type { Question } from '../iam.ts';
import { account, region } from '../intrinsics.ts';
import { type Json, type JsonObject, list, object, parseJson, text } from '../json.ts';
import type { Table } from '../tables.ts';
import { AwsError } from './error.ts';
import { type KeyUnits, unitsByKey } from './key-units.ts';

const arnOf = (table: string) => `arn:aws:dynamodb:${region}:${account}:table/${table}`;
const nameOf = (nameOrArn: Json | undefined) => text(nameOrArn).split('/').at(-1) ?? '';

const transactActions: Record<string, string> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/** The scalar inside an attribute value such as `{ S: 'x' }`. */
const scalar = (value: Json | undefined) => text(Object.values(object(value))[0]);

/** What the caller must be allowed to do for a call, item by item as AWS checks transactions. */
export class DynamoQuestions {
  #tables: Map<string, Table>;

  constructor(tables: Map<string, Table>) {
    this.#tables = tables;
  }

  of(operation: string, input: JsonObject): Question[] {
    const table = nameOf(input.TableName);
    if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
      return list(input.TransactItems).flatMap((item) =>
        Object.entries(object(item)).map(([kind, part]) => {
          const { TableName, Key, Item } = object(part);
          return this.#ask(transactActions[kind] ?? kind, nameOf(TableName), [
            this.#leading(nameOf(TableName), Key ?? Item),
          ]);
        }),
      );
    }
    if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
      return Object.entries(object(input.RequestItems)).map(([name, requests]) => {
        const keys = Array.isArray(requests)
          ? requests
              .map((request) => object(Object.values(object(request))[0]))
              .map(({ Key, Item }) => Key ?? Item)
          : list(object(requests).Keys);
        return this.#ask(
          operation,
          nameOf(name),
          keys.map((key) => this.#leading(nameOf(name), key)),
        );
      });
    }
    if (operation === 'Query') {
      const index = text(input.IndexName);
      const question = this.#ask(operation, table, this.#queried(input));
      return [index ? { ...question, resource: `${question.resource}/index/${index}` } : question];
    }
    if (operation === 'Scan' && input.IndexName !== undefined) {
      return [{ action: 'dynamodb:Scan', resource: `${arnOf(table)}/index/${text(input.IndexName)}` }];
    }
    const key = input.Key ?? input.Item;
    return [this.#ask(operation, table, key === undefined ? [] : [this.#leading(table, key)])];
  }

  #ask(action: string, table: string, keys: string[]): Question {
    const context: Record<string, string[]> =
      keys.length > 0 ? { 'dynamodb:LeadingKeys': [...new Set(keys)] } : {};
    return { action: `dynamodb:${action}`, resource: table === '' ? '*' : arnOf(table), context };
  }

  /** Whose units a call used, see unitsByKey. */
  units(operation: string, input: JsonObject, { body, units }: DynamoAnswer): KeyUnits[] {
    if (operation === 'Query') return this.#queried(input).map((key) => ({ key, units }));
    return unitsByKey(operation, input, body, units, (table, item) => this.#leading(nameOf(table), item));
  }

  #leading(table: string, key: Json | undefined): string {
    return scalar(object(key)[this.#tables.get(table)?.partitionKey ?? '']);
  }

  // The partition key of a query is the only thing its key condition compares with a bare `=`, sort keys aside:
  // the first such comparison names it, as all our key conditions put it first.
  #queried({ KeyConditionExpression, KeyConditions, ExpressionAttributeValues }: JsonObject): string[] {
    const placeholder = /=\s*(:\w+)/.exec(text(KeyConditionExpression))?.[1];
    if (placeholder) return [scalar(object(ExpressionAttributeValues)[placeholder])];
    const [condition] = Object.values(object(KeyConditions));
    const [value] = list(object(condition).AttributeValueList);
    return value === undefined ? [] : [scalar(value)];
  }
}

/** What an injected conflict answers: a transaction is told which item, a single write is not. */
export function conflict(operation: string, input: JsonObject): AwsError {
  if (!operation.startsWith('Transact')) {
    return new AwsError('TransactionConflictException', 'Transaction is ongoing for the item');
  }
  const reasons = list(input.TransactItems).map((_item, index): { [key: string]: string } =>
    index === 0
      ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
      : { Code: 'None' },
  );
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new AwsError(
    'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    { CancellationReasons: reasons },
  );
}

const metered = new Set([
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'Query',
  'Scan',
  'BatchGetItem',
  'BatchWriteItem',
  'TransactGetItems',
  'TransactWriteItems',
]);

export type DynamoAnswer = { status: number; body: string; units: number };

/** Passes a call to the engine; capacity is always measured, and reported to the caller only if asked for. */
export async function forwardToEngine(
  engine: string,
  operation: string,
  input: JsonObject,
  signal: AbortSignal,
): Promise<DynamoAnswer> {
  const measure = metered.has(operation);
  const asked = text(input.ReturnConsumedCapacity, 'NONE') !== 'NONE';
  const sent = measure && !asked ? { ...input, ReturnConsumedCapacity: 'TOTAL' } : input;
  const { status, text: answer } = await callEngine(engine, operation, JSON.stringify(sent), signal);
  const body = answer.replaceAll('arn:aws:dynamodb:dynoxide:', `arn:aws:dynamodb:${region}:`);
  if (!measure || status >= 400) return { status, body, units: 0 };
  const { ConsumedCapacity, ...rest } = object(parseJson(body));
  const units = list(ConsumedCapacity).reduce<number>(
    (sum, one) => sum + Number(object(one).CapacityUnits ?? 0),
    0,
  );
  return { status, body: asked ? body : JSON.stringify(rest), units };
}
