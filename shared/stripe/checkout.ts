import type Stripe from 'stripe';
import { defaultCommissionBasisPoints } from '../domain/commission.ts';
import { share } from '../domain/money.ts';
import type { ProductPurchase } from '../domain/subscriber.ts';
import type { Customer } from '../store/customer.ts';
import { atStripe } from './client.ts';

type Sold = { purchase: ProductPurchase; priceId: string; automaticTax: boolean };

/** Adds Stripe's placeholder by hand: an encoded brace would not be replaced. */
const back = (url: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}checkout_session={CHECKOUT_SESSION_ID}`;

/**
 * The session of a reserved purchase: made once, however often this is called within Stripe's day of idempotency.
 * The platform's fee is fixed here, on the price after discounts and before tax (R5.1; stripe.md 4).
 * @param net minor units after discounts
 */
export function createCheckoutSession(
  stripe: Stripe,
  { stripeAccount, stripeCustomerId: customer, orgId, widgetId, userId }: Customer,
  { purchase, priceId, automaticTax }: Sold,
  net: number,
): Promise<Stripe.Checkout.Session> {
  const { attemptId, productId, ui, returnUrl, promotionCode } = purchase;
  const metadata = { orgId, widgetId, userId, attemptId, productId };
  const fee = share(net, defaultCommissionBasisPoints);
  const params: Stripe.Checkout.SessionCreateParams = {
    mode: 'payment',
    customer,
    client_reference_id: userId,
    line_items: [{ price: priceId, quantity: 1 }],
    allowed_payment_method_types: ['card'],
    metadata,
    invoice_creation: { enabled: true, invoice_data: { metadata } },
    payment_intent_data: { metadata, ...(fee > 0 && { application_fee_amount: fee }) },
    ...(promotionCode && { discounts: [{ promotion_code: promotionCode }] }),
    ...(automaticTax && {
      automatic_tax: { enabled: true },
      customer_update: { address: 'auto', name: 'auto' },
    }),
    ...(ui === 'hosted' && returnUrl
      ? { ui_mode: 'hosted_page', success_url: back(returnUrl), cancel_url: returnUrl }
      : {
          ui_mode: 'embedded_page',
          ...(returnUrl
            ? { return_url: back(returnUrl), redirect_on_completion: 'if_required' }
            : { redirect_on_completion: 'never' }),
        }),
  };
  const options = { stripeAccount, idempotencyKey: `checkout:${attemptId}` };
  return atStripe(() => stripe.checkout.sessions.create(params, options));
}

export const retrieveCheckoutSession = (
  stripe: Stripe,
  { stripeAccount }: Pick<Customer, 'stripeAccount'>,
  id: string,
): Promise<Stripe.Checkout.Session> =>
  atStripe(() => stripe.checkout.sessions.retrieve(id, {}, { stripeAccount }));

/** What is left of a price after a promotion code, in minor units before tax. */
export async function netOf(
  stripe: Stripe,
  { stripeAccount, stripeCustomerId: customer }: Customer,
  { purchase, priceId }: Sold,
): Promise<number> {
  const { promotionCode, price, currency } = purchase;
  if (!promotionCode) return price;
  const preview = await atStripe(() =>
    stripe.invoices.createPreview(
      {
        customer,
        currency,
        invoice_items: [{ price: priceId, quantity: 1 }],
        discounts: [{ promotion_code: promotionCode }],
      },
      { stripeAccount },
    ),
  );
  return preview.total_excluding_tax ?? preview.total;
}
