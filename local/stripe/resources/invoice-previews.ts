import { prepareSubscription } from '../billing/subscribe.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { InvoiceRow } from '../core/rows.ts';
import { accepted, boolean, either, hash, integer, oneOf, required, string, text } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { type DiscountsGiven, discountsParam } from '../discounts/discount.ts';
import { addPreviewItems, pendingInvoice, previewItems } from '../invoicing/preview.ts';
import { scheduleDetails } from '../schedules/params.ts';
import { scheduledInvoice } from '../schedules/preview.ts';
import { newItems, trialEndOf } from '../subscriptions/create.ts';
import { withInlinePrices } from '../subscriptions/inline-price.ts';
import { nextInvoice } from '../subscriptions/next-invoice.ts';
import { pauseParams } from '../subscriptions/pause.ts';
import { prorationBehavior } from '../subscriptions/schemas.ts';
import { cancelMoment, itemChanges } from '../subscriptions/update.ts';
import { addTaxId, taxIdData } from '../tax/tax-ids.ts';
import { blankCustomer, customerFields, writeCustomer } from './customer-params.ts';

const details = hash({
  billing_cycle_anchor: hash({ type: required(oneOf('now', 'timestamp', 'unchanged')), timestamp: integer }),
  billing_mode: hash({ type: required(oneOf('classic', 'flexible')), flexible: accepted }),
  cancel_at: cancelMoment,
  cancel_at_period_end: boolean,
  cancel_now: boolean,
  items: itemChanges,
  proration_behavior: prorationBehavior,
  proration_date: integer,
  pause: hash(pauseParams),
  resume_at: oneOf('now'),
  trial_end: either(integer, oneOf('now')),
});
type Details = NonNullable<ReturnType<typeof details.parse>>;

function resets({ billing_cycle_anchor: anchor }: Details) {
  return anchor?.type === 'now' ? { billing_cycle_anchor: { type: anchor.type } } : {};
}

const customerDetails = hash({
  address: customerFields.address,
  shipping: customerFields.shipping,
  tax: hash({ ip_address: text }),
  tax_exempt: customerFields.tax_exempt,
  tax_ids: taxIdData,
});

/** Somebody who is no customer yet, for a preview's throw-away copy. */
function visitor(tx: Tx, given: ReturnType<typeof customerDetails.parse> = {}): string {
  const { tax_ids: taxIds = [], ...known } = given;
  const row = tx.put('customer', blankCustomer(tx));
  writeCustomer(tx, row, known);
  for (const taxId of taxIds) addTaxId(tx, row.id, taxId);
  return row.id;
}

/** The first invoice of a subscription that does not exist. */
function firstInvoice(
  tx: Tx,
  customer: string,
  given: Details,
  discounts: DiscountsGiven,
  automaticTax: boolean,
): InvoiceRow {
  return tx.rehearse((copy) => {
    const { invoice } = prepareSubscription(copy, {
      customer: copy.need('customer', customer, 'customer').id,
      items: newItems(copy, given.items, 'subscription_details[items]'),
      applicationFeePercent: null,
      automaticTax,
      billingMode: given.billing_mode?.type ?? 'flexible',
      defaultPaymentMethod: null,
      description: null,
      discounts,
      metadata: {},
      saveDefault: 'off',
      trialEnd: trialEndOf(copy, given.trial_end === undefined ? {} : { trial_end: given.trial_end }),
      missingPaymentMethod: 'create_invoice',
      paymentBehavior: 'default_incomplete',
      anchor: given.billing_cycle_anchor?.timestamp,
      prorations: given.proration_behavior !== 'none',
    });
    if (!invoice)
      throw invalidRequest('Nothing to invoice for subscription', undefined, 'invoice_upcoming_none');
    return { ...invoice, _: { ...invoice._, subscription: null }, parent: null };
  });
}

/** The subscription of a customer that is invoiced next. */
function nextOf(tx: Tx, customer: string) {
  let next: { id: string; end: number } | undefined;
  for (const row of tx.each('subscription', { field: 'customer', value: customer })) {
    if (row.ended_at !== null || row.status === 'paused') continue;
    const end = Math.min(...row.items.data.map((item) => item.current_period_end));
    if (!next || end < next.end) next = { id: row.id, end };
  }
  return next?.id;
}

function preview(
  tx: Tx,
  customer: string | undefined,
  subscription: string | undefined,
  given: Details,
  recurring: boolean,
  discounts: DiscountsGiven,
  automaticTax = false,
) {
  if (subscription === undefined && given.items && customer !== undefined)
    return firstInvoice(tx, customer, given, discounts, automaticTax);
  const id = subscription ?? (customer === undefined ? undefined : nextOf(tx, customer));
  const pending = id === undefined && customer !== undefined && pendingInvoice(tx, customer, discounts);
  if (pending) return pending;
  if (id === undefined)
    throw invalidRequest(
      `No upcoming invoices for customer: ${customer}`,
      undefined,
      'invoice_upcoming_none',
    );
  const { billing_cycle_anchor: _anchor, billing_mode: _mode, ...rest } = given;
  const items = withInlinePrices(tx, given.items);
  return nextInvoice(tx, id, { ...rest, discounts, ...(items && { items }), ...resets(given) }, recurring);
}

export const previewRoutes = [
  route(
    'POST',
    '/v1/invoices/create_preview',
    {
      automatic_tax: hash({ enabled: required(boolean), liability: accepted }),
      currency: string,
      customer: string,
      customer_details: customerDetails,
      discounts: discountsParam,
      invoice_items: previewItems,
      preview_mode: oneOf('next', 'recurring'),
      schedule: string,
      schedule_details: scheduleDetails,
      subscription: string,
      subscription_details: details,
    },
    ({ tx, params }) => {
      const recurring = params.preview_mode === 'recurring';
      const given = params.subscription_details ?? {};
      const { schedule, schedule_details: scheduled } = params;
      const nobody = !params.customer && !params.subscription && !schedule;
      const invoice = tx.rehearse((copy) => {
        const customer = nobody ? visitor(copy, params.customer_details) : params.customer;
        addPreviewItems(copy, { ...params, ...(customer !== undefined && { customer }) });
        const automatic = params.automatic_tax?.enabled;
        const existing = copy.get('subscription', params.subscription ?? null);
        if (existing && automatic !== undefined) existing.automatic_tax.enabled = automatic;
        return schedule === undefined && !scheduled
          ? preview(copy, customer, params.subscription, given, recurring, params.discounts, automatic)
          : scheduledInvoice(copy, customer, schedule, scheduled ?? {});
      });
      return {
        ...invoice,
        ...(nobody && { customer: null }),
        id: invoice.id.replace('in_', 'upcoming_in_'),
        billing_reason: 'upcoming',
      };
    },
  ),
];
