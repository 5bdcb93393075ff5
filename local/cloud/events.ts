import { randomUUID } from 'node:crypto';
import type { AsyncInvocations } from './async-invocations.ts';
import { AwsError } from './aws/error.ts';
import type { Clock } from './clock.ts';
import type { Permission } from './declared-events.ts';
import { evaluate, like, principalIs } from './iam.ts';
import { account, region } from './intrinsics.ts';
import { type JsonObject, list, object, parseJson, text } from './json.ts';
import { matches } from './pattern.ts';
import type { Queue, Queues } from './queues.ts';
import type { Recurrence } from './recurrence.ts';
import type { Occasion } from './recurring.ts';
import type { Store } from './store.ts';

export type RuleTarget = {
  id: string;
  arn: string;
  inputPath: string;
  /** A constant that takes the place of the event. */
  input: string | undefined;
  deadLetter: string | undefined;
};
export type Rule = {
  name: string;
  arn: string;
  bus: string;
  pattern: JsonObject | undefined;
  schedule: { expression: string; recurrence: Recurrence } | undefined;
  targets: RuleTarget[];
  active: boolean;
};
type Parts = {
  queues: Queues;
  store: Store;
  clock: Clock;
  invocations: AsyncInvocations;
  permissions: Permission[];
};

const iso = (moment: number) => new Date(moment).toISOString().replace(/\.\d+Z$/, 'Z');
const principal = 'events.amazonaws.com';

/** 1 MB for a whole call (the limit since January 2026). */
const mostBytes = 1_048_576;

/** Buses and rules. What PutEvents acknowledges is already in the queues of every rule that matches. */
export class Events {
  readonly #buses = new Set(['default']);
  readonly #rules: Rule[] = [];
  #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  addBus(name: string): void {
    this.#buses.add(name);
  }

  addRule(rule: Rule): void {
    if (rule.active) this.#rules.push(rule);
  }

  /** The rules that run by the clock ("Scheduled Event" of the EventBridge User Guide). */
  occasions(): Occasion[] {
    return this.#rules.flatMap((rule) => {
      if (!rule.schedule) return [];
      const fire = (moment: number) => {
        const event = {
          version: '0',
          id: randomUUID(),
          'detail-type': 'Scheduled Event',
          source: 'aws.events',
          account,
          time: iso(moment),
          region,
          resources: [rule.arn],
          detail: {},
        };
        for (const target of rule.targets) this.#deliver(rule, target, event);
      };
      return [{ arn: rule.arn, ...rule.schedule, fire }];
    });
  }

  static busName(nameOrArn: string): string {
    return nameOrArn === '' ? 'default' : (nameOrArn.split('/').at(-1) ?? nameOrArn);
  }

  put(input: JsonObject, copies: number): JsonObject {
    const entries = list(input.Entries).map((entry) => object(entry));
    if (entries.length < 1 || entries.length > 10) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and 10`,
      );
    }
    const size = entries.reduce((sum, entry) => sum + this.#size(entry), 0);
    if (size > mostBytes) {
      throw new AwsError(
        'ValidationException',
        'Total size of the entries in the request is over the limit.',
      );
    }
    const Entries = this.#parts.store.transaction(() => entries.map((entry) => this.#accept(entry, copies)));
    return { FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries };
  }

  #size({ Time, Source, DetailType, Detail, Resources }: JsonObject): number {
    const strings = [Source, DetailType, Detail, ...list(Resources)].map((part) =>
      Buffer.byteLength(text(part)),
    );
    return strings.reduce((sum, bytes) => sum + bytes, Time === undefined ? 0 : 14);
  }

  #accept(entry: JsonObject, copies: number): JsonObject {
    const bus = Events.busName(text(entry.EventBusName));
    const detail = parseJson(text(entry.Detail));
    const wrong = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
    for (const field of ['Source', 'DetailType', 'Detail']) {
      if (text(entry[field]) === '')
        return wrong(
          'InvalidArgument',
          `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
        );
    }
    if (detail === null || typeof detail !== 'object')
      return wrong('MalformedDetail', 'Detail is malformed.');
    if (!this.#buses.has(bus)) return wrong('InvalidArgument', `Event bus ${bus} does not exist.`);
    const time = typeof entry.Time === 'number' ? entry.Time * 1000 : this.#parts.clock.now();
    const event: JsonObject = {
      version: '0',
      id: randomUUID(),
      'detail-type': text(entry.DetailType),
      source: text(entry.Source),
      account,
      time: iso(time),
      region,
      resources: list(entry.Resources),
      detail,
    };
    for (const rule of this.#rules) {
      if (!rule.pattern || rule.bus !== bus || !matches(rule.pattern, event)) continue;
      for (const target of rule.targets) {
        for (let copy = 0; copy < copies; copy++) this.#deliver(rule, target, event);
      }
    }
    return { EventId: text(event.id) };
  }

  #deliver(rule: Rule, target: RuleTarget, event: JsonObject): void {
    const body = target.input ?? JSON.stringify(target.inputPath === '$.detail' ? event.detail : event);
    if (target.arn.includes(':lambda:') && this.#mayInvoke(rule, target.arn)) {
      this.#parts.invocations.enqueue(target.arn.split(':').at(-1) ?? '', body);
      return;
    }
    const queue = this.#parts.queues.byArn(target.arn);
    if (queue && this.#maySend(rule, queue)) {
      this.#parts.queues.send(queue, body);
      return;
    }
    // A missing permission is not retried on AWS either: the event goes to the target's dead-letter queue at once.
    const reason = queue || target.arn.includes(':lambda:') ? 'NO_PERMISSIONS' : 'NO_RESOURCE';
    const letters = target.deadLetter === undefined ? undefined : this.#parts.queues.byArn(target.deadLetter);
    const string = (StringValue: string) => ({ DataType: 'String', StringValue });
    const attributes = {
      RULE_ARN: string(rule.arn),
      TARGET_ARN: string(target.arn),
      ERROR_CODE: string(reason),
      ERROR_MESSAGE: string(`${rule.name} may not send to ${target.arn}`),
    };
    if (letters && this.#maySend(rule, letters)) {
      this.#parts.queues.send(letters, body, { attributes, source: queue?.name ?? '' });
    } else {
      console.error(
        `Event lost: rule ${rule.name} may send neither to ${target.arn} nor to a dead-letter queue.`,
      );
    }
  }

  /** The function's own policy decides, as its `AWS::Lambda::Permission` resources made it. */
  #mayInvoke(rule: Rule, arn: string): boolean {
    return this.#parts.permissions.some(
      ({ functionName, sourceArn, ...permission }) =>
        permission.principal === principal &&
        functionName === arn.split(':').at(-1) &&
        (sourceArn === undefined || like(sourceArn, rule.arn)),
    );
  }

  #maySend(rule: Rule, queue: Queue): boolean {
    const statements = queue.policy.filter((statement) => principalIs(statement, principal));
    const context = { 'aws:SourceArn': [rule.arn], 'aws:SourceAccount': [account] };
    return evaluate(statements, { action: 'sqs:SendMessage', resource: queue.arn, context }).allowed;
  }
}
