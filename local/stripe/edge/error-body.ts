import type { StripeFault } from '../core/fault.ts';

/** Whose call it was, once its key is known. */
export interface Owner {
  account: string;
  livemode: boolean;
}

/** Where the Dashboard shows a request; a call whose key is unknown has no such place. */
function logAddress({ account, livemode }: Owner, requestId: string) {
  return `https://dashboard.stripe.com/${account}/${livemode ? '' : 'test/'}workbench/logs?object=${requestId}`;
}

/** An error as it is sent. https://docs.stripe.com/api/errors */
export function errorBody({ body }: StripeFault, requestId: string, owner: Owner | undefined): string {
  const { code } = body;
  return JSON.stringify(
    {
      error: {
        ...body,
        ...(code && { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
        ...(owner && { request_log_url: logAddress(owner, requestId) }),
      },
    },
    null,
    2,
  );
}

/**
 * What Stripe tells its SDKs about trying again: conflicts, lock timeouts and its own failures may be, unless the key
 * would only replay the failure (RequestSender of the SDK).
 */
export function retryHeader(status: number, code?: string, replays = false): Record<string, string> {
  if (status === 501 || (status >= 500 && replays)) return { 'stripe-should-retry': 'false' };
  if (status === 409 || status >= 500 || code === 'lock_timeout') return { 'stripe-should-retry': 'true' };
  return {};
}
