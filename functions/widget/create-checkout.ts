import { randomUUID } from 'node:crypto';
import { Refusal } from '../../shared/contract/errors.ts';
import { createCheckout } from '../../shared/contract/widget-payment.ts';
import { reserveProduct, withPurchase } from '../../shared/domain/checkout.ts';
import { requireSelling } from '../../shared/domain/purchase.ts';
import { requireReturnUrl } from '../../shared/domain/return-url.ts';
import type { ProductPurchase } from '../../shared/domain/subscriber.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint, type Request } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { consentWrites, currencyLocked, lockCurrency } from '../../shared/store/person.ts';
import { loadSale, subscriberFor } from '../../shared/store/sale.ts';
import { subscriberWrites } from '../../shared/store/subscriber-writes.ts';
import { createCheckoutSession, netOf, retrieveCheckoutSession } from '../../shared/stripe/checkout.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { ensureCustomer } from '../../shared/stripe/customers.ts';
import { productOrder } from '../../shared/stripe/product-order.ts';

const clock = systemClock;

export const handler = endpoint(createCheckout, (request) => untilCommitted(() => checkout(request)), {
  gate,
});

async function checkout({ caller, params, body, country, remember }: Request<typeof createCheckout>) {
  const now = clock.now();
  const table = liveTable();
  const sale = await loadSale(table, caller, params.widgetId);
  const selling = requireSelling(sale.parts, sale.mode);
  const { ui = 'embedded', returnUrl, consent } = body;
  if (returnUrl) requireReturnUrl(returnUrl, selling.config.allowedOrigins);
  if (ui === 'hosted' && !returnUrl) {
    const errors = [{ path: 'body.returnUrl', message: 'is needed for "ui": "hosted"' }];
    throw new Refusal('invalid_request', 'body.returnUrl is needed.', { errors });
  }
  const { stripe, secret } = await platformStripe(sale.mode);
  const context = { table, stripe, sale, selling, caller, country, now };
  const order = await productOrder(context, body);
  const attempt = { attemptId: randomUUID(), status: 'open', reservedAt: now.toISOString() } as const;
  const fresh: ProductPurchase = { ...order.terms, ...attempt, ui, ...(returnUrl && { returnUrl }) };

  const begun = subscriberFor(sale, caller, selling.connection.stripeAccount, now);
  const customer = await ensureCustomer({ table, stripe, now }, caller, begun);
  const { row, purchase } = reserveProduct(customer, fresh);
  const reserved = row === customer ? customer : await reserve();
  const sold = { purchase, priceId: order.priceId, automaticTax: order.automaticTax };
  const session = purchase.sessionId
    ? await retrieveCheckoutSession(stripe, customer, purchase.sessionId)
    : await createCheckoutSession(stripe, customer, sold, await netOf(stripe, customer, sold));
  // Paid or run out meanwhile: its row is brought up to date and the purchase begun anew.
  if (session.status !== 'open') {
    const ended = {
      ...purchase,
      sessionId: session.id,
      status: session.status === 'expired' ? 'expired' : 'processing',
    } as const;
    const audit = { action: 'checkout.ended', by: caller.sub, at: now };
    await table.commit(subscriberWrites(withPurchase(reserved, ended), audit));
    throw new Conflict();
  }
  const answer = {
    sessionId: session.id,
    ...(session.client_secret && { clientSecret: session.client_secret }),
    ...(session.url && { url: session.url }),
    publishableKey: secret.publishableKey,
    stripeAccount: customer.stripeAccount,
  };
  const opened = withPurchase(reserved, { ...purchase, sessionId: session.id });
  const { done, lost } = await commit([
    ...subscriberWrites(opened, { action: 'checkout.create', by: caller.sub, at: now }),
    lockCurrency(customer, purchase.currency),
    ...consentWrites(customer, purchase.attemptId, consent, now),
    ...remember(answer),
  ]);
  if (lost.includes('currency')) throw currencyLocked(purchase.currency);
  if (!done) throw new Conflict();
  return answer;

  async function commit(writes: Parameters<typeof table.commit>[0]) {
    const result = await table.commit(writes);
    return { done: result.done, lost: result.done ? [] : result.lost };
  }
  async function reserve() {
    const audit = { action: 'checkout.reserved', by: caller.sub, at: now };
    if (!(await commit(subscriberWrites(row, audit))).done) throw new Conflict();
    return { ...row, stripeCustomerId: customer.stripeCustomerId, version: row.version + 1 };
  }
}
