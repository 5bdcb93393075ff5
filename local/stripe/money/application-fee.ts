import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { ApplicationFeeRow, FeeRefundRow } from '../core/money-rows.ts';
import type { ChargeRow } from '../core/rows.ts';
import { idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { ownerOf } from '../platform/applications.ts';
import { record } from './ledger.ts';

/** Events are told to the platform. https://docs.stripe.com/connect/direct-charges#collect-fees */
export function createApplicationFee(
  tx: Tx,
  charge: ChargeRow,
  { application, amount, availableOn }: { application: string; amount: number; availableOn: number },
): ApplicationFeeRow {
  const earner = tx.on(ownerOf(application));
  const id = newId('fee');
  const { account } = tx.actor;
  const email = tx.get('account', account)?.email;
  const moved = record(earner, {
    type: 'application_fee',
    reporting_category: 'platform_earning',
    amount,
    currency: charge.currency,
    source: id,
    description: `Application fee from application Platform for ${email} (${account})`,
    availableOn,
  });
  return earner.put('application_fee', {
    id,
    object: 'application_fee',
    account,
    amount,
    amount_refunded: 0,
    application,
    balance_transaction: moved.id,
    charge: charge.id,
    created: tx.now,
    currency: charge.currency,
    fee_source: { charge: charge.id, type: 'charge' },
    livemode: tx.livemode,
    // Only of a charge on the platform with a destination.
    originating_transaction: null,
    refunded: false,
    refunds: { object: 'list', data: [], has_more: false, url: `/v1/application_fees/${id}/refunds` },
    _: {},
  });
}

const shownAtOnce = 10;

/** Keeps the newest ten of an object's children in the list it shows; a child that changed takes its place. */
export function showNewest<T extends { id: string }>(
  list: { data: T[]; has_more: boolean },
  child: T & { _: unknown },
) {
  const { _, ...open } = child;
  const entry = open as unknown as T;
  const at = list.data.findIndex(({ id }) => id === child.id);
  if (at >= 0) list.data[at] = entry;
  else list.data.unshift(entry);
  if (list.data.length > shownAtOnce) list.has_more = true;
  list.data.length = Math.min(list.data.length, shownAtOnce);
}

/** An amount as Stripe's messages write it: `$21.45`. */
export function written(amount: number, currency: string) {
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  });
  const { maximumFractionDigits = 2 } = format.resolvedOptions();
  return format.format(amount / 10 ** maximumFractionDigits);
}

/**
 * Gives a fee back to the account it was taken from; `tx` is the platform's.
 * Throws 400 when more is asked than is left. https://docs.stripe.com/api/fee_refunds/create
 */
export function refundApplicationFee(
  tx: Tx,
  fee: ApplicationFeeRow,
  { amount, metadata = {} }: { amount?: number; metadata?: Record<string, string> },
): FeeRefundRow {
  const left = fee.amount - fee.amount_refunded;
  if (left === 0) throw invalidRequest(`Application fee ${fee.id} has already been refunded.`);
  const value = amount ?? left;
  if (value < 1) throw invalidRequest('Invalid positive integer', 'amount', 'parameter_invalid_integer');
  if (value > left)
    throw invalidRequest(
      `Refund amount (${written(value, fee.currency)}) is greater than unrefunded amount on application fee (${written(left, fee.currency)})`,
      'amount',
    );
  fee.amount_refunded += value;
  fee.refunded = fee.amount_refunded === fee.amount;
  const id = newId('fr');
  const charge = idOf(fee.charge) ?? '';
  const moved = record(tx, {
    type: 'application_fee_refund',
    reporting_category: 'platform_earning_refund',
    amount: -value,
    currency: fee.currency,
    source: id,
    description: `REFUND FOR APPLICATION FEE (${fee.id})`,
  });
  record(tx.on(idOf(fee.account) ?? ''), {
    type: 'adjustment',
    reporting_category: 'fee',
    amount: value,
    currency: fee.currency,
    source: charge,
    description: `Application fee refund for ${charge}`,
  });
  const row: FeeRefundRow = {
    id,
    object: 'fee_refund',
    amount: value,
    balance_transaction: moved.id,
    created: tx.now,
    currency: fee.currency,
    fee: fee.id,
    metadata,
    _: {},
  };
  tx.put('fee_refund', row);
  showNewest(fee.refunds, row);
  return row;
}
