import type { AddedItem } from '../billing/added-items.ts';
import { oneTimePrice } from '../billing/added-items.ts';
import { invalidRequest } from '../core/fault.ts';
import { hash, integer, list, metadata, oneOf, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { inlinePrice, oneTimePriceData, type PriceData } from './inline-price.ts';

export const prorationBehavior = oneOf('always_invoice', 'create_prorations', 'none');
export const paymentBehavior = oneOf(
  'allow_incomplete',
  'default_incomplete',
  'error_if_incomplete',
  'pending_if_incomplete',
);
export const addInvoiceItems = list(
  hash({ price: string, price_data: oneTimePriceData, quantity: integer, metadata }),
);

export function addedItems(
  tx: Tx,
  given: { price?: string; price_data?: PriceData; quantity?: number }[] | undefined,
): AddedItem[] {
  if ((given?.length ?? 0) > 20) throw invalidRequest('You may pass up to 20 items.', 'add_invoice_items');
  return (given ?? []).map(({ price, price_data: data, quantity = 1 }, index) => ({
    price: data
      ? inlinePrice(tx, data, `add_invoice_items[${index}][price_data]`)
      : oneTimePrice(tx, price ?? '', `add_invoice_items[${index}][price]`),
    quantity,
  }));
}

/** The only parameters a change that may have to wait can have. https://docs.stripe.com/billing/subscriptions/pending-updates-reference */
const waiting = new Set([
  'expand',
  'metadata',
  'payment_behavior',
  'proration_behavior',
  'proration_date',
  'billing_cycle_anchor',
  'items',
  'price',
  'quantity',
  'trial_end',
  'trial_from_plan',
  'add_invoice_items',
  'off_session',
]);

export function checkWaiting(params: object) {
  const { payment_behavior } = params as { payment_behavior?: string };
  if (payment_behavior !== 'pending_if_incomplete') return;
  const [other] = Object.keys(params).filter((key) => !waiting.has(key));
  if (other !== undefined)
    throw invalidRequest(
      `When \`payment_behavior\` is set to \`pending_if_incomplete\`, \`${other}\` is not supported. Only parameters that can generate an invoice or affect prorations are supported.`,
      other,
    );
}
