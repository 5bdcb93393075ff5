import { changeItems, invoiceChange, ownedByCaller, payChange, restart } from '../billing/change.ts';
import { finalizeInvoice } from '../billing/collect.ts';
import { currentPeriodEnd, renew } from '../billing/renew.ts';
import { setChangedItemDiscounts, setSubscriptionDiscounts } from '../billing/subscription-discounts.ts';
import {
  cancelAt,
  cancelAtEnd,
  cancellationDetails,
  feePercent,
  ownMethod,
  shared,
} from '../billing/subscription-params.ts';
import { invalidRequest, StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import {
  boolean,
  either,
  emptyable,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  string,
} from '../core/schema.ts';
import { mergeMetadata } from '../core/tx.ts';
import { discountsParam } from '../discounts/discount.ts';
/** Its own file: the one endpoint that can change everything about a subscription. */
export const updateSubscription = route(
  'POST',
  '/v1/subscriptions/:id',
  {
    ...shared,
    billing_cycle_anchor: hash({ type: required(oneOf('now', 'unchanged')) }),
    cancel_at: emptyable(either(integer, oneOf('min_period_end', 'max_period_end'))),
    cancellation_details: cancellationDetails,
    items: list(
      hash({
        id: string,
        price: string,
        quantity: integer,
        deleted: boolean,
        metadata,
        discounts: discountsParam,
      }),
    ),
    payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
    proration_date: integer,
    trial_end: either(integer, oneOf('now')),
  },
  ({ tx, id, params }) => {
    const row = tx.need('subscription', id);
    ownedByCaller(tx, row, 'update');
    const { metadata: change, cancellation_details: details } = params;
    if (
      row.ended_at !== null &&
      Object.keys(params).some((key) => !['metadata', 'cancellation_details', 'expand'].includes(key))
    ) {
      throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.');
    }
    row.metadata = mergeMetadata(row.metadata, change);
    if (details)
      row.cancellation_details = {
        comment: null,
        feedback: null,
        feedback_option: null,
        reason: null,
        ...row.cancellation_details,
        ...details,
      };
    if (params.description !== undefined) row.description = params.description;
    if (params.application_fee_percent !== undefined)
      row.application_fee_percent = feePercent(tx, params.application_fee_percent);
    if (params.default_payment_method !== undefined)
      row.default_payment_method = ownMethod(tx, params.default_payment_method, idOf(row.customer) ?? '');
    const { save_default_payment_method: save } = params.payment_settings ?? {};
    if (save && row.payment_settings) row.payment_settings.save_default_payment_method = save;
    if (params.automatic_tax) row.automatic_tax.enabled = params.automatic_tax.enabled;
    if (params.trial_settings && row.trial_settings)
      Object.assign(row.trial_settings.end_behavior, params.trial_settings.end_behavior);
    const { trial_end: trialEnd, proration_behavior: behavior = 'create_prorations' } = params;
    if (typeof trialEnd === 'number') {
      if (trialEnd <= tx.now)
        throw invalidRequest(
          'Invalid timestamp: must be an integer Unix timestamp in the future.',
          'trial_end',
        );
      row.trial_start ??= tx.now;
      Object.assign(row, { trial_end: trialEnd, status: 'trialing', billing_cycle_anchor: trialEnd });
      for (const item of row.items.data) item.current_period_end = trialEnd;
    }
    const { lines, restarted } = changeItems(tx, row, params.items ?? [], params.proration_date ?? tx.now);
    setSubscriptionDiscounts(tx, row, params.discounts);
    setChangedItemDiscounts(tx, row, params.items);
    const reset = params.billing_cycle_anchor?.type === 'now' && !restarted;
    if (reset) restart(row, tx.now);
    if (trialEnd === 'now' && row.status === 'trialing') {
      row.trial_end = tx.now;
      row.billing_cycle_anchor = tx.now;
      for (const item of row.items.data) item.current_period_end = tx.now;
      row.status = 'active';
      const invoice = renew(tx, row);
      finalizeInvoice(tx, invoice, row);
      payChange(tx, row, invoice);
    }
    const invoice =
      row.status === 'incomplete'
        ? undefined
        : invoiceChange(tx, row, { lines, restarted: restarted || reset }, behavior);
    if (
      invoice &&
      params.payment_behavior !== 'default_incomplete' &&
      !payChange(tx, row, invoice) &&
      params.payment_behavior === 'error_if_incomplete'
    ) {
      // The whole change is taken back: https://docs.stripe.com/api/subscriptions/update#update_subscription-payment_behavior
      const {
        code = 'card_declined',
        decline_code,
        message = 'Your card was declined.',
      } = tx.get('payment_intent', invoice._.paymentIntent)?.last_payment_error ?? {};
      throw new StripeFault(402, { type: 'card_error', code, decline_code, message });
    }
    if (params.cancel_at !== undefined) cancelAt(tx, row, params.cancel_at);
    if (params.cancel_at_period_end !== undefined && params.cancel_at_period_end !== row.cancel_at_period_end)
      cancelAtEnd(tx, row, params.cancel_at_period_end);
    else if (row.cancel_at_period_end) row.cancel_at = currentPeriodEnd(row);
    return row;
  },
);
