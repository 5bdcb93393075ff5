import { createHash } from 'node:crypto';
import { StripeFault } from './core/fault.ts';
import type { Store } from './core/store.ts';

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
        { type: 'invalid_request_error', message: 'Idempotency keys may be at most 255 characters' },
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

  recall(scope: string, key: string, fingerprint: string): Saved | undefined {
    const saved = this.#store.get<Saved & { fingerprint: string }>(
      'SELECT * FROM requests WHERE scope = ? AND key = ?',
      scope,
      key,
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
}
