import type { SQLOutputValue } from 'node:sqlite';
import type { Calendar } from './agenda.ts';
import { StartError } from './assembly.ts';
import { AwsError } from './aws/error.ts';
import type { Clock } from './clock.ts';
import type { RecurringSchedule } from './declared-events.ts';
import { account, region } from './intrinsics.ts';
import { type JsonObject, numeric, object, parseJson, text } from './json.ts';
import type { Occasion } from './recurring.ts';
import type { ScheduleDelivery } from './schedule-delivery.ts';
import { definitionOf, invalid, targetOf } from './schedule-input.ts';
import type { Store } from './store.ts';

type Row = Record<string, SQLOutputValue>;
type Parts = { store: Store; clock: Clock; delivery: ScheduleDelivery };

export const scheduleArn = (group: string, name: string) =>
  `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;
const groupOf = (input: JsonObject) => text(input.GroupName, 'default');
const missing = (what: string) => new AwsError('ResourceNotFoundException', `${what} does not exist.`, 404);

/** One-off schedules of EventBridge Scheduler, durable; each sends one message to a queue when its moment comes. */
export class Scheduler implements Calendar {
  /** Called after a change, so that what is past fires at once. */
  changed: () => void = () => undefined;
  readonly #groups = new Set(['default']);
  #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  addGroup(name: string): void {
    this.#groups.add(name);
  }

  /** CreateSchedule: `{ ScheduleArn }`; the same ClientToken again is the same call again. */
  create(input: JsonObject): JsonObject {
    const { definition, due } = this.#judged(input);
    const { clock, store } = this.#parts;
    const [group, name, token] = [groupOf(input), text(input.Name), text(input.ClientToken)];
    const ScheduleArn = scheduleArn(group, name);
    const there = this.#row(group, name);
    if (there && (token === '' || there.token !== token))
      throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
    if (there) return { ScheduleArn };
    const now = clock.now();
    store.database
      .prepare('INSERT INTO schedule VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(ScheduleArn, group, name, due ?? null, JSON.stringify(definition), token, now, now);
    this.changed();
    return { ScheduleArn };
  }

  /** UpdateSchedule: replaces all of it ("overwrites the existing values"), and one that fired fires again. */
  update(input: JsonObject): JsonObject {
    const { definition, due } = this.#judged(input);
    const { arn } = this.#found(input);
    this.#parts.store.database
      .prepare('UPDATE schedule SET due = ?, definition = ?, modified = ? WHERE arn = ?')
      .run(due ?? null, JSON.stringify(definition), this.#parts.clock.now(), arn ?? null);
    this.changed();
    return { ScheduleArn: String(arn) };
  }

  get(input: JsonObject): JsonObject {
    const row = this.#found(input);
    return { ...this.#summary(row), ...object(parseJson(String(row.definition))) };
  }

  remove(input: JsonObject): JsonObject {
    const { arn } = this.#found(input);
    this.#parts.store.database.prepare('DELETE FROM schedule WHERE arn = ?').run(arn ?? null);
    this.changed();
    return {};
  }

  /** ListSchedules in order of ARNs: at most MaxResults (1 to 100), NextToken being the last ARN of a page. */
  list(input: JsonObject): JsonObject {
    const most = numeric(input.MaxResults, 100);
    if (!Number.isInteger(most) || most < 1 || most > 100) throw invalid('MaxResults must be from 1 to 100.');
    const [group, state] = [text(input.ScheduleGroup), text(input.State)];
    if (group !== '' && !this.#groups.has(group)) throw missing(`Schedule group ${group}`);
    const after = Buffer.from(text(input.NextToken), 'base64url').toString();
    const rows = this.#parts.store.database
      .prepare('SELECT * FROM schedule WHERE arn > ? ORDER BY arn')
      .all(after)
      .filter((row) => group === '' || row.grp === group)
      .filter((row) => String(row.name).startsWith(text(input.NamePrefix)))
      .filter((row) => state === '' || object(parseJson(String(row.definition))).State === state);
    const page = rows.slice(0, most);
    const last = rows.length > most ? page.at(-1) : undefined;
    return {
      Schedules: page.map((row) => {
        const { State = '', Target } = object(parseJson(String(row.definition)));
        return { ...this.#summary(row), State, Target: { Arn: text(object(Target).Arn) } };
      }),
      ...(last ? { NextToken: Buffer.from(String(last.arn)).toString('base64url') } : {}),
    };
  }

  /** A schedule of a template, which repeats. Throws StartError when it could never fire. */
  occasion({ arn, group, target, ...when }: RecurringSchedule): Occasion {
    const { delivery } = this.#parts;
    if (!this.#groups.has(group)) throw new StartError(`The group ${group} of ${arn} is not declared.`);
    if (!delivery.mayAssume(target.role, group))
      throw new StartError(`The role of ${arn} does not let scheduler.amazonaws.com assume it.`);
    return { arn, ...when, fire: (moment) => delivery.send(target, { arn, group }, moment) };
  }

  next(): number | undefined {
    const row = this.#parts.store.database.prepare('SELECT min(due) AS due FROM schedule').get();
    return typeof row?.due === 'number' ? row.due : undefined;
  }

  run(moment: number): void {
    const { store, delivery } = this.#parts;
    const { database } = store;
    store.transaction(() => {
      const rows = database
        .prepare('SELECT * FROM schedule WHERE due <= ? ORDER BY due, created, arn')
        .all(moment);
      for (const row of rows) {
        const { ActionAfterCompletion, Target } = object(parseJson(String(row.definition)));
        const schedule = { arn: String(row.arn), group: String(row.grp) };
        delivery.send(targetOf(Target), schedule, Number(row.due));
        const done =
          ActionAfterCompletion === 'DELETE'
            ? 'DELETE FROM schedule WHERE arn = ?'
            : 'UPDATE schedule SET due = NULL WHERE arn = ?';
        database.prepare(done).run(schedule.arn);
      }
    });
  }

  #judged(input: JsonObject): ReturnType<typeof definitionOf> {
    const group = groupOf(input);
    const judged = definitionOf(input);
    if (!this.#groups.has(group)) throw missing(`Schedule group ${group}`);
    if (!this.#parts.delivery.mayAssume(targetOf(input.Target).role, group)) {
      throw invalid(
        'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
      );
    }
    return judged;
  }

  #row(group: string, name: string): Row | undefined {
    return this.#parts.store.database
      .prepare('SELECT * FROM schedule WHERE arn = ?')
      .get(scheduleArn(group, name));
  }

  #found(input: JsonObject): Row {
    const row = this.#row(groupOf(input), text(input.Name));
    if (!row) throw missing(`Schedule ${text(input.Name)}`);
    return row;
  }

  /** Dates are seconds since the epoch, as in every answer of the API. */
  #summary({ arn, grp, name, created, modified }: Row): JsonObject {
    return {
      Arn: String(arn),
      GroupName: String(grp),
      Name: String(name),
      CreationDate: Number(created) / 1000,
      LastModificationDate: Number(modified) / 1000,
    };
  }
}
