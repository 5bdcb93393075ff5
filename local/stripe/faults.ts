import { generator } from '../random.ts';

export interface Fault {
  operation?: string;
  kind: string;
  rate: number;
  count?: number;
  seed?: number;
  /** Of `error`: the 5xx to answer. @default 500 */
  status?: number;
  /** Whether the call's work is done. @default `before`: it is not */
  when?: 'before' | 'after';
}

/** What strikes one call. */
export type Struck = Pick<Fault, 'kind' | 'status' | 'when'>;

/** The kinds that strike API calls; the others strike webhooks. */
export const callFaults = [
  'throttle',
  'error',
  'timeout',
  'conflict',
  'lockTimeout',
  'crashBefore',
  'crashAfter',
  'cutBody',
];

const kinds = [...callFaults, 'duplicate', 'reorder'];

/** The faults of the control API that are aimed at Stripe. */
export class Faults {
  #active: { fault: Fault; left: number; draw: () => number }[] = [];

  set(given: unknown) {
    if (!Array.isArray(given)) throw new Error('faults are a list');
    this.#active = given
      .filter((entry: { target?: string }) => entry.target === undefined || entry.target === 'stripe')
      .map((fault: Fault) => {
        if (!kinds.includes(fault.kind)) throw new Error(`unknown fault kind ${fault.kind}`);
        if (fault.status !== undefined && (fault.status < 500 || fault.status > 599))
          throw new Error('the status of a fault is a 5xx');
        if (fault.when !== undefined && fault.when !== 'before' && fault.when !== 'after')
          throw new Error('a fault strikes before or after');
        return { fault, left: fault.count ?? Number.POSITIVE_INFINITY, draw: generator(fault.seed ?? 1) };
      });
  }

  /** The fault that strikes this call (`POST /v1/subscriptions`), if any. */
  strike(operation: string, among: string[]): Struck | undefined {
    for (const entry of this.#active) {
      const { fault } = entry;
      if (entry.left <= 0 || !among.includes(fault.kind)) continue;
      if (fault.operation !== undefined && !operation.startsWith(fault.operation)) continue;
      if (entry.draw() >= fault.rate) continue;
      entry.left -= 1;
      return fault;
    }
    return undefined;
  }
}
