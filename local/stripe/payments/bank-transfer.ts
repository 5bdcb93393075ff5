import { invalidRequest } from '../core/fault.ts';
import { idOf, type PaymentIntentRow, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { bookCash, cashBalanceOf } from './cash-balance.ts';
import { currencyOfTransfer, financialAddresses, referenceOf, type TransferType } from './funding.ts';
import { succeed } from './outcomes.ts';

/** What a payment by bank transfer still waits for, in minor units. */
export function remaining({ amount, _: { funded = 0 } }: PaymentIntentRow) {
  return amount - funded;
}

function instructions(tx: Tx, intent: PaymentIntentRow, customer: string) {
  const { type, eu_bank_transfer } = intent.payment_method_options?.customer_balance?.bank_transfer ?? {};
  return {
    type: 'display_bank_transfer_instructions',
    display_bank_transfer_instructions: {
      amount_remaining: remaining(intent),
      currency: intent.currency,
      financial_addresses: financialAddresses(customer, type as TransferType, eu_bank_transfer?.country),
      hosted_instructions_url: `${tx.actor.base}/_/bank_transfer/${intent.id}`,
      reference: referenceOf(intent.id),
      type: String(type),
    },
  };
}

/** Pays from the cash balance what there is, in minor units; the payment succeeds once all has come in. */
export function applyFunds(tx: Tx, intent: PaymentIntentRow, wanted = remaining(intent)) {
  const customer = idOf(intent.customer) ?? '';
  const available = cashBalanceOf(tx, customer).available?.[intent.currency] ?? 0;
  const amount = Math.min(available, wanted, remaining(intent));
  if (amount < 1) return;
  bookCash(tx, customer, -amount, intent.currency, {
    type: 'applied_to_payment',
    applied_to_payment: { payment_intent: intent.id },
  });
  intent._.funded = (intent._.funded ?? 0) + amount;
  if (remaining(intent) > 0) {
    intent.next_action = instructions(tx, intent, customer) as PaymentIntentRow['next_action'];
    return;
  }
  succeed(tx, intent, tx.need('payment_method', idOf(intent.payment_method) ?? ''));
}

/** Pays from the cash balance, or shows the customer where to transfer to. https://docs.stripe.com/payments/bank-transfers/accept-a-payment */
export function awaitTransfer(tx: Tx, intent: PaymentIntentRow, _method: PaymentMethodRow) {
  const customer = idOf(intent.customer);
  if (customer === null)
    throw invalidRequest(
      'You must provide a customer to pay by customer_balance.',
      'customer',
      'parameter_missing',
    );
  const { funding_type, bank_transfer } = intent.payment_method_options?.customer_balance ?? {};
  if (!funding_type || !bank_transfer?.type)
    throw invalidRequest(
      'You must provide payment_method_options[customer_balance][funding_type] and payment_method_options[customer_balance][bank_transfer][type].',
      'payment_method_options[customer_balance]',
      'parameter_missing',
    );
  if (currencyOfTransfer[bank_transfer.type as TransferType] !== intent.currency)
    throw invalidRequest(
      `A ${bank_transfer.type} cannot pay in ${intent.currency}.`,
      'payment_method_options[customer_balance][bank_transfer][type]',
      'payment_method_currency_mismatch',
    );
  intent.status = 'requires_action';
  intent.next_action = instructions(tx, intent, customer) as PaymentIntentRow['next_action'];
  if (cashBalanceOf(tx, customer).settings.reconciliation_mode === 'automatic') applyFunds(tx, intent);
}

/** Gives back what had come in for a payment that is cancelled. */
export function unapplyFunds(tx: Tx, intent: PaymentIntentRow) {
  const { funded = 0 } = intent._;
  const customer = idOf(intent.customer);
  if (funded === 0 || customer === null) return;
  intent._.funded = 0;
  bookCash(tx, customer, funded, intent.currency, {
    type: 'unapplied_from_payment',
    unapplied_from_payment: { payment_intent: intent.id },
  });
}
