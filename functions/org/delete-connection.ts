import Stripe from 'stripe';
import { Refusal } from '../../shared/contract/errors.ts';
import { deleteConnection } from '../../shared/contract/org.ts';
import { disconnected } from '../../shared/domain/connection.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { put, putVersion } from '../../shared/store/table.ts';
import { atStripe, platformStripe } from '../../shared/stripe/client.ts';

export const handler = endpoint(deleteConnection, ({ caller, params: { orgId }, query: { mode } }) =>
  untilCommitted(async () => {
    const table = liveTable();
    const key = keys.connection(mode, orgId);
    const { connection } = await table.read({ connection: key });
    if (!connection) throw new Refusal('not_found', `No Stripe account is connected in ${mode} mode.`);
    if (connection.status === 'disconnected') return undefined;
    const { stripe, secret } = await platformStripe(mode);
    try {
      const link = { client_id: secret.clientId, stripe_user_id: connection.stripeAccount };
      await stripe.oauth.deauthorize(link);
    } catch (error) {
      // An account that is no longer ours at Stripe is what we want: only our record is behind.
      if (!(error instanceof Stripe.errors.StripeInvalidClientError))
        await atStripe(() => Promise.reject(error));
    }
    const now = systemClock.now();
    const audit = {
      action: 'connection.disconnected',
      orgId,
      at: now.toISOString(),
      subject: connection.stripeAccount,
      by: caller.sub,
    };
    const { done } = await table.commit([
      putVersion('connection', key, disconnected(connection, seconds(now))),
      put('audit', keys.audit(mode, orgId, now, `disconnect-${connection.stripeAccount}`), audit),
    ]);
    if (!done) throw new Conflict();
    return undefined;
  }),
);
