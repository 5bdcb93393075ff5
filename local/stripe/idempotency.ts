import { createHash } from 'node:crypto';
import { StripeFault } from './core/fault.ts';
import type { Store } from './core/store.ts';
import { asFault } from './edge/request.ts';

/** Seconds a key is remembered: a day, in v2 thirty. https://docs.stripe.com/api/idempotent_requests, stripe.md 9 */
const remembered = { v1: 86_400, v2: 30 * 86_400 };
const lifeOf = (scope: string) => (scope.startsWith('v2 ') ? remembered.v2 : remembered.v1);

export interface Reply {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

export interface Saved {
  status: number;
  body: string;
  request_id: string;
}

export function fingerprintOf(method: string, path: string, body: string) {
  return createHash('sha256').update(`${method} ${path}\n${body}`).digest('hex');
}

/** Answers remembered under idempotency keys, per account. https://docs.stripe.com/api/idempotent_requests */
export class Idempotency {
  readonly #store: Store;
  readonly #running = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes the key, or refuses while a request with it runs. */
  enter(scope: string, key: string) {
    if (key.length > 255)
      throw new StripeFault(
        400,
        {
          type: 'invalid_request_error',
          message: `Idempotency keys can be at most 255 characters long: yours has ${key.length}`,
        },
        { unexecuted: true },
      );
    if (this.#running.has(`${scope} ${key}`)) {
      throw new StripeFault(
        409,
        {
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
          message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. If that request fails, you can try again with the same key.`,
        },
        { unexecuted: true },
      );
    }
    this.#running.add(`${scope} ${key}`);
  }

  leave(scope: string, key: string) {
    this.#running.delete(`${scope} ${key}`);
  }

  /** What was answered under the key, while it is remembered at `now` (epoch seconds). */
  recall(scope: string, key: string, fingerprint: string, now: number): Saved | undefined {
    const saved = this.#store.get<Saved & { fingerprint: string }>(
      'SELECT * FROM requests WHERE scope = ? AND key = ? AND created > ?',
      scope,
      key,
      now - lifeOf(scope),
    );
    if (saved && saved.fingerprint !== fingerprint) {
      throw new StripeFault(
        400,
        {
          type: 'idempotency_error',
          message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
        },
        { unexecuted: true },
      );
    }
    return saved;
  }

  /** Part of the request's transaction, so that object and answer are kept together. */
  save(scope: string, key: string, fingerprint: string, { status, body, request_id }: Saved, now: number) {
    this.#store.run(
      'INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?, ?, ?)',
      scope,
      key,
      fingerprint,
      status,
      body,
      request_id,
      now,
    );
  }

  /** Runs work once per key and remembers its answer; `save` is for the work's own transaction. */
  once(
    scope: string,
    key: string,
    { fingerprint, id, now }: { fingerprint: string; id: string; now: number },
    failure: (fault: StripeFault) => string,
    work: (save: (status: number, body: string) => void) => object,
  ): Reply {
    const saved = this.recall(scope, key, fingerprint, now);
    if (saved)
      return {
        status: saved.status,
        body: saved.body,
        headers: { 'idempotent-replayed': 'true', 'original-request': saved.request_id },
      };
    let answered = '';
    // Only v1 replays failures: v2 runs them again (stripe.md 9).
    const save = (status: number, body: string) => {
      if (status === 200) answered = body;
      else if (scope.startsWith('v2 ')) return;
      this.save(scope, key, fingerprint, { status, body, request_id: id }, now);
    };
    try {
      work(save);
      return { status: 200, body: answered };
    } catch (error) {
      const fault = asFault(error);
      if (!fault.keep && !fault.unexecuted) save(fault.status, failure(fault));
      throw fault;
    }
  }
}

/** Forgets the keys whose time is over at `now` (epoch seconds). */
export function pruneKeys(store: Store, now: number) {
  for (const [version, seconds] of Object.entries(remembered)) {
    const ofVersion = version === 'v2' ? "scope LIKE 'v2 %'" : "scope NOT LIKE 'v2 %'";
    store.run(`DELETE FROM requests WHERE ${ofVersion} AND created <= ?`, now - seconds);
  }
}
