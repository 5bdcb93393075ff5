import { StripeFault } from '../core/fault.ts';
import type { Owner } from './error-body.ts';

/** Requests per second. https://docs.stripe.com/rate-limits */
export interface Rates {
  /** Of an account in one mode. */
  global: number;
  /** Of one endpoint. */
  endpoint: number;
  search: number;
  payouts: number;
}

/** As documented for live mode and for test mode (stripe.md 9). */
export const documented: Record<'live' | 'test', Rates> = {
  live: { global: 100, endpoint: 25, search: 20, payouts: 15 },
  test: { global: 25, endpoint: 25, search: 20, payouts: 15 },
};

const message =
  'Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.';

/** 429, as one limit or another was reached. */
export function rateLimited(reason: string) {
  return new StripeFault(
    429,
    { type: 'invalid_request_error', code: 'rate_limit', message },
    { unexecuted: true, headers: { 'stripe-rate-limited-reason': reason } },
  );
}

/** Counts requests per account and mode in whole seconds of the emulator's clock. Counts nothing until `set`. */
export class Limits {
  readonly #now: () => number;
  #rates: Record<'live' | 'test', Rates> | undefined;
  #second = 0;
  #counts = new Map<string, number>();

  /** `now` gives milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** `true` for the documented rates, `false` for none, or some of them changed for both modes. */
  set(given: boolean | Partial<Rates>) {
    if (given === false) this.#rates = undefined;
    else {
      const changed = given === true ? {} : given;
      for (const [name, rate] of Object.entries(changed))
        if (!(name in documented.live) || !Number.isInteger(rate) || rate < 0)
          throw new Error(
            'limits are true, false, or whole numbers for global, endpoint, search and payouts',
          );
      this.#rates = {
        live: { ...documented.live, ...changed },
        test: { ...documented.test, ...changed },
      };
    }
    this.#counts.clear();
  }

  /** Counts a request, or refuses it. Throws 429 `rate_limit`. */
  count({ account, livemode }: Owner, method: string, pattern: string) {
    const rates = this.#rates?.[livemode ? 'live' : 'test'];
    if (!rates) return;
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) this.#counts.clear();
    this.#second = second;
    const scope = `${account}/${livemode}`;
    const wanted: [key: string, rate: number, reason: string][] = [
      [scope, rates.global, 'global-rate'],
      [`${scope} ${method} ${pattern}`, rates.endpoint, 'endpoint-rate'],
    ];
    if (pattern.endsWith('/search')) wanted.push([`${scope} search`, rates.search, 'endpoint-rate']);
    if (method === 'POST' && pattern === '/v1/payouts')
      wanted.push([`${scope} payouts`, rates.payouts, 'endpoint-rate']);
    for (const [key, rate, reason] of wanted)
      if ((this.#counts.get(key) ?? 0) >= rate) throw rateLimited(reason);
    for (const [key] of wanted) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
}
