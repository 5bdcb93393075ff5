import { StripeFault } from '../core/fault.ts';
import { platformAccount } from '../core/ids.ts';

export interface Caller {
  /** Whose key it is. */
  account: string;
  livemode: boolean;
  browser: boolean;
  key: string;
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
  const found = /^(sk|rk|pk)_(test|live)_(.+)$/.exec(key);
  if (!found) {
    throw new StripeFault(
      401,
      {
        type: 'invalid_request_error',
        message: `Invalid API Key provided: ${key.slice(0, 7)}***${key.slice(-4)}`,
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
