import { generator } from '../random.ts';
import { type Json, numeric, object, text } from './json.ts';

export const faultTargets = ['dynamodb', 'sqs', 'events', 'stripe', 'lambda', 'ses', 'scheduler'] as const;
export const faultKinds = [
  'throttle',
  'error',
  'timeout',
  'conflict',
  'duplicate',
  'reorder',
  'crashBefore',
  'crashAfter',
] as const;
export type FaultTarget = (typeof faultTargets)[number];
export type FaultKind = (typeof faultKinds)[number];

type Fault = {
  target: FaultTarget;
  kind: FaultKind;
  operation: string | undefined;
  function: string | undefined;
  rate: number;
  /** Matching calls that pass before the first is struck. */
  skip: number;
  left: number;
  random: () => number;
};

export type FieldError = { field: string; message: string };

export class Faults {
  #faults: Fault[] = [];

  /** Replaces every fault; the answer says which fields are wrong, and then nothing was replaced. */
  set(value: Json | undefined): FieldError[] {
    if (!Array.isArray(value)) return [{ field: '', message: 'must be an array of faults' }];
    const errors: FieldError[] = [];
    const faults = value.map((item, index): Fault => {
      const given = object(item);
      const wrong = (field: string, message: string) => errors.push({ field: `${index}.${field}`, message });
      const target = faultTargets.find((name) => name === given.target);
      const kind = faultKinds.find((name) => name === given.kind);
      const rate = numeric(given.rate, given.rate === undefined ? 1 : -1);
      const count = given.count === undefined ? Number.POSITIVE_INFINITY : numeric(given.count, -1);
      if (!target) wrong('target', `must be one of ${faultTargets.join(', ')}`);
      if (!kind) wrong('kind', `must be one of ${faultKinds.join(', ')}`);
      if (rate < 0 || rate > 1) wrong('rate', 'must be a number from 0 to 1');
      if (count < 0) wrong('count', 'must be a number of times, 0 or more');
      return {
        target: target ?? 'lambda',
        kind: kind ?? 'error',
        operation: given.operation === undefined ? undefined : text(given.operation),
        function: given.function === undefined ? undefined : text(given.function),
        rate,
        skip: numeric(given.skip, 0),
        left: count,
        random: generator(numeric(given.seed, index + 1)),
      };
    });
    if (errors.length === 0) this.#faults = faults.filter(({ target }) => target !== 'stripe');
    return errors;
  }

  /** The fault that strikes this call, if any; `kinds` are those that make sense at this point. */
  strike(target: FaultTarget, operation: string, caller: string, kinds?: FaultKind[]): FaultKind | undefined {
    for (const fault of this.#faults) {
      if (fault.target !== target || fault.left <= 0) continue;
      if (kinds && !kinds.includes(fault.kind)) continue;
      if (fault.operation !== undefined && !this.#names(fault, operation)) continue;
      if (fault.function !== undefined && !caller.includes(fault.function)) continue;
      if (fault.random() >= fault.rate) continue;
      if (fault.skip-- > 0) continue;
      fault.left--;
      return fault.kind;
    }
    return undefined;
  }

  // A Lambda "operation" is a function, whose physical name nobody wants to spell out.
  #names(fault: Fault, operation: string): boolean {
    return fault.target === 'lambda'
      ? operation.includes(fault.operation ?? '')
      : fault.operation === operation;
  }
}
