import Stripe from 'stripe';
import { Refusal } from '../../shared/contract/errors.ts';
import { finishConnect } from '../../shared/contract/org.ts';
import { applyAccountState } from '../../shared/domain/connection.ts';
import type { Connection } from '../../shared/domain/purchase.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { log } from '../../shared/runtime/log.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys, shardOf } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import type { Records } from '../../shared/store/records.ts';
import { put, putVersion, type Table } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { stateHash, withQuery } from '../../shared/stripe/oauth.ts';

export const handler = endpoint(finishConnect, async ({ query }) => {
  const table = liveTable();
  const state = await useState(table, query.state);
  const back = (outcome: Record<string, string>) => ({ location: withQuery(state.returnUrl, outcome) });
  if (query.error) return back({ status: 'error', code: query.error });
  if (!query.code) return back({ status: 'error', code: 'invalid_request' });

  const { stripe } = await platformStripe(state.mode);
  try {
    const token = await stripe.oauth.token({ grant_type: 'authorization_code', code: query.code });
    if (!token.stripe_user_id) return back({ status: 'error', code: 'invalid_grant' });
    const asOf = seconds(systemClock.now());
    const account = await stripe.accounts.retrieve(token.stripe_user_id);
    const refused = await connect(table, state, account, asOf);
    return back(refused ? { status: 'error', code: refused } : { status: 'connected' });
  } catch (error) {
    const type = error instanceof Stripe.errors.StripeError ? error.type : String(error);
    log('warn', 'connect_failed', { orgId: state.orgId, mode: state.mode, error: type });
    const over = error instanceof Stripe.errors.StripeInvalidGrantError;
    const code = over ? 'invalid_grant' : 'stripe_unavailable';
    return back({ status: 'error', code });
  }
});

/** Spends the state: it is good once, for 15 minutes, however its use ends (peers.md P76). */
async function useState(table: Table, state: string): Promise<Records['connectState']> {
  const key = keys.connectState(stateHash(state));
  const { found } = await table.read({ found: key });
  const expired = !found || found.used || found.expiresAt <= seconds(systemClock.now());
  const spent =
    found && !expired && (await table.commit([putVersion('state', key, { ...found, used: true })])).done;
  if (!found || !spent) {
    const errors = [
      { path: 'query.state', message: 'was used already, has expired or is not ours: begin again' },
    ];
    throw new Refusal('invalid_request', 'This connection attempt is over; begin it again.', { errors });
  }
  return found;
}

/** Links account and organisation both ways, or says why not. */
const connect = (
  table: Table,
  { orgId, mode, userId, replaceAccount }: Records['connectState'],
  account: Parameters<typeof applyAccountState>[1],
  asOf: number,
) =>
  untilCommitted(async () => {
    const at = { connection: keys.connection(mode, orgId), account: keys.account(mode, account.id) };
    const found = await table.read(at);
    if (found.account && found.account.orgId !== orgId) return 'account_in_use';
    // Also after a disconnect: prices, customers and history belong to the account that was connected before.
    if (found.connection && found.connection.stripeAccount !== account.id && !replaceAccount)
      return 'another_account_connected';
    const blank: Connection = {
      orgId,
      mode,
      stripeAccount: account.id,
      status: 'connected',
      chargesEnabled: false,
      payoutsEnabled: false,
      detailsSubmitted: false,
      requirements: [],
      version: found.connection?.version ?? 0,
      asOf: 0,
    };
    const now = systemClock.now();
    const audit = {
      action: 'connection.connected',
      orgId,
      at: now.toISOString(),
      subject: account.id,
      by: userId,
    };
    const { done } = await table.commit([
      putVersion('connection', at.connection, applyAccountState(blank, account, asOf)),
      putVersion('account', at.account, { orgId, mode, version: found.account?.version ?? 0 }),
      put('accountList', keys.accountList(mode, shardOf(account.id), account.id), {
        account: account.id,
        orgId,
      }),
      put('audit', keys.audit(mode, orgId, now, `connect-${account.id}`), audit),
    ]);
    if (!done) throw new Conflict();
    return undefined;
  });
