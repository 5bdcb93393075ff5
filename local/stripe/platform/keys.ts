import { StripeFault } from '../core/fault.ts';
import { platformAccount, token } from '../core/ids.ts';

export interface Caller {
  /** Whose key it is. */
  account: string;
  livemode: boolean;
  browser: boolean;
  key: string;
  /** Of the token of a meter event session: epoch seconds. */
  expiresAt?: number;
}

/** What a meter event session hands out: it names its account, its mode and its end (epoch seconds). */
export function streamToken({ account, livemode }: { account: string; livemode: boolean }, expires: number) {
  return `meterstream_${livemode ? 'live' : 'test'}_${expires}_${token(24)}_${account}`;
}

/** Refuses a token whose session is over. https://docs.stripe.com/api/v2/billing-meter-stream */
export function checkSession({ expiresAt }: Caller, now: number) {
  if (expiresAt === undefined || now < expiresAt) return;
  throw new StripeFault(
    401,
    {
      type: 'temporary_session_expired',
      code: 'billing_meter_event_session_expired',
      message: 'The billing meter event session has expired.',
    },
    { unexecuted: true },
  );
}

/** A key as an error shows it: its beginning and its end. */
function masked(key: string) {
  return key.slice(0, 8) + '*'.repeat(Math.max(0, key.length - 12)) + key.slice(8).slice(-4);
}

/**
 * Any `sk_test_` or `sk_live_` key is the platform's; with an account's id after the mode it is that
 * account's own. A publishable key may only do what a browser may.
 */
export function readKey(authorization: string | undefined, formKey: string | undefined): Caller {
  const bearer = authorization?.startsWith('Bearer ') ? authorization.slice(7).trim() : undefined;
  const basic = authorization?.startsWith('Basic ')
    ? Buffer.from(authorization.slice(6), 'base64').toString().split(':')[0]
    : undefined;
  const key = bearer ?? basic ?? formKey;
  if (!key) {
    throw new StripeFault(
      401,
      {
        type: 'invalid_request_error',
        message:
          "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      },
      { unexecuted: true },
    );
  }
  const stream = /^meterstream_(test|live)_(\d+)_\w{24}_(acct_\w+)$/.exec(key);
  if (stream) {
    const [, mode, expires, account = ''] = stream;
    return { account, livemode: mode === 'live', browser: false, key, expiresAt: Number(expires) };
  }
  const found = /^(sk|rk|pk)_(test|live)_(.+)$/.exec(key);
  if (!found) {
    throw new StripeFault(
      401,
      {
        type: 'invalid_request_error',
        message: `Invalid API Key provided: ${masked(key)}`,
      },
      { unexecuted: true },
    );
  }
  const [, kind, mode, rest = ''] = found;
  return {
    account: rest.startsWith('acct_') ? rest : platformAccount,
    livemode: mode === 'live',
    browser: kind === 'pk',
    key,
  };
}
