import { createHash, randomUUID } from 'node:crypto';
import { Refusal } from '../contract/errors.ts';
import { keys } from '../store/keys.ts';
import { put, type Table, type Write } from '../store/table.ts';
import type { Clock } from './clock.ts';

export type StoredResponse = { statusCode: number; body: string };
/** `remember` is a write for the handler's own transaction: no effect without the record, no record without it. */
export type Claim = {
  remember(response: StoredResponse): Write;
  finish(response: StoredResponse): Promise<void>;
  release(): Promise<void>;
  remembered(): boolean;
};

const dayMs = 86_400_000;
/** Longer than a function may live (29 s behind API Gateway), so a running claim is never taken over. */
const leaseMs = 35_000;
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

export type ClaimRequest = (request: {
  caller: string;
  endpoint: string;
  key: string;
  fingerprint: string;
}) => Promise<{ replay: StoredResponse } | { claim: Claim }>;

/** api.md "Idempotency". Answers the stored response of an equal request, or a claim to run it. */
export const claimRequestIn =
  (open: () => Table, clock: Clock): ClaimRequest =>
  async (request) => {
    const table = open();
    if (request.key.length > 255) {
      throw new Refusal('invalid_request', 'The Idempotency-Key is too long.', {
        errors: [{ path: 'headers.Idempotency-Key', message: 'must be at most 255 characters' }],
      });
    }
    const at = keys.idempotency(request.caller, request.endpoint, sha(request.key));
    const requestHash = sha(request.fingerprint);
    const now = clock.now().getTime();
    const token = randomUUID();
    const expiresAt = Math.ceil((now + dayMs) / 1000);
    const running = { requestHash, token, leaseUntil: now + leaseMs, expiresAt };

    const mine = {
      expression: 'attribute_not_exists(PK) OR leaseUntil < :now OR expiresAt < :seconds',
      values: { ':now': now, ':seconds': Math.floor(now / 1000) },
    };
    const claimed = await table.commit([{ guard: 'claim', key: at, item: running, condition: mine }]);
    if (!claimed.done) {
      const { found } = await table.read({ found: at });
      if (found && found.requestHash !== requestHash) {
        throw new Refusal(
          'idempotency_key_reused',
          'This Idempotency-Key was sent with another request; use a new one.',
        );
      }
      if (found?.response) return { replay: found.response };
      throw new Refusal('request_in_progress', 'The same request is still running.', {
        retryAfterSeconds: 1,
      });
    }

    const held = { expression: '#token = :token', values: { ':token': token } };
    let remembered = false;
    const remember = (response: StoredResponse): Write => {
      remembered = true;
      const item = { ...running, leaseUntil: Number.MAX_SAFE_INTEGER, response };
      return { guard: 'claim', key: at, item, condition: held, names: { '#token': 'token' } };
    };
    return {
      claim: {
        remember,
        async finish(response) {
          await table.commit([remember(response)]);
        },
        async release() {
          await table.commit([
            {
              ...put('claim', at, { ...running, leaseUntil: 0 }),
              condition: held,
              names: { '#token': 'token' },
            },
          ]);
        },
        remembered: () => remembered,
      },
    };
  };
