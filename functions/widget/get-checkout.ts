import { Refusal } from '../../shared/contract/errors.ts';
import { checkoutSessionObject } from '../../shared/contract/stripe-objects.ts';
import { getCheckout } from '../../shared/contract/widget-payment.ts';
import { applyCheckout } from '../../shared/domain/checkout.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { customerOf } from '../../shared/store/customer.ts';
import { liveTable } from '../../shared/store/live.ts';
import { subscriberWrites } from '../../shared/store/subscriber-writes.ts';
import { retrieveCheckoutSession } from '../../shared/stripe/checkout.ts';
import { platformStripe } from '../../shared/stripe/client.ts';

/** The browser may be back before the webhook: what Stripe says now is applied just as the webhook would (P23). */
export const handler = endpoint(getCheckout, ({ caller, params: { widgetId, sessionId } }) =>
  untilCommitted(async () => {
    const table = liveTable();
    const { mode, customer } = await customerOf(table, caller, widgetId);
    const purchase = customer?.purchases?.find((one) => one.sessionId === sessionId);
    if (!customer || !purchase) throw new Refusal('not_found', 'There is no such purchase.');
    const { productId, status } = purchase;
    if (purchase.revoked) return { productId, status: 'revoked' as const };
    if (status !== 'open' && status !== 'processing') return { productId, status };
    const { stripe } = await platformStripe(mode);
    const session = await retrieveCheckoutSession(stripe, customer, sessionId);
    const now = systemClock.now();
    const seen = { failed: false, now: seconds(now) };
    const row = applyCheckout(customer, checkoutSessionObject.parse(session), seen) ?? customer;
    const after = row.purchases?.find((one) => one.sessionId === sessionId) ?? purchase;
    if (after.status === status) return { productId, status };
    const { done } = await table.commit(
      subscriberWrites(row, { action: 'checkout.seen', by: caller.sub, at: now }),
    );
    if (!done) throw new Conflict();
    return { productId, status: after.status };
  }),
);
