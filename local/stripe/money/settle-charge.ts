import { type ChargeRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { createApplicationFee } from './application-fee.ts';
import { stripeFee } from './fees.ts';
import { day, record } from './ledger.ts';
import { scheduleOf } from './schedule.ts';

/** What a charge that took money does to the balances of its account and of the platform. */
export function settleCharge(tx: Tx, charge: ChargeRow) {
  const nature = tx.get('payment_method', charge.payment_method)?._;
  const now = tx.unit.made;
  const availableOn =
    nature?.pending === 'bypassed' ? now : (Math.floor(now / day) + scheduleOf(tx).delay_days) * day;
  const application = idOf(charge.application);
  const amount = Math.min(charge.application_fee_amount ?? 0, charge.amount_captured);
  charge._.availableOn = availableOn;
  // No fee, no object: https://docs.stripe.com/connect/direct-charges#collect-fees
  const fee =
    application !== null && amount > 0
      ? createApplicationFee(tx, charge, { application, amount, availableOn })
      : null;
  charge.application_fee = fee?.id ?? null;
  const country = tx.get('account', tx.actor.account)?.country ?? 'US';
  const { currency } = charge;
  const taken = stripeFee(country, charge.payment_method_details?.type ?? 'card', charge.amount_captured);
  const moved = record(tx, {
    type: charge.id.startsWith('py_') ? 'payment' : 'charge',
    reporting_category: 'charge',
    amount: charge.amount_captured,
    currency,
    source: charge.id,
    description: charge.description,
    availableOn,
    fees: [
      ...(fee
        ? [
            {
              amount,
              application,
              currency,
              description: 'Platform application fee',
              type: 'application_fee',
            },
          ]
        : []),
      {
        amount: taken,
        application: null,
        currency,
        description: 'Stripe processing fees',
        type: 'stripe_fee',
      },
    ],
  });
  charge.balance_transaction = moved.id;
  if (nature?.dispute) charge._.dispute = { nature: nature.dispute, at: tx.now };
}
