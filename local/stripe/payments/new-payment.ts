import { newId, token } from '../core/ids.ts';
import type { PaymentIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { methodTypes } from './method-types.ts';

export interface NewPayment {
  amount: number;
  currency: string;
  customer?: string | null;
  application_fee_amount?: number | null;
  description?: string | null;
  metadata?: Record<string, string>;
  receipt_email?: string | null;
  setup_future_usage?: 'off_session' | 'on_session' | null;
  invoice?: string | null;
  allowed?: string[] | null;
  excluded?: string[] | null;
  redirects?: 'always' | 'never';
}

export function newPaymentIntent(tx: Tx, { amount, currency, ...rest }: NewPayment): PaymentIntentRow {
  const id = newId('pi');
  const { allowed = null, excluded = null, redirects = 'always' } = rest;
  const types = methodTypes({ allowed, excluded, currency: currency.toLowerCase() });
  return tx.put('payment_intent', {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: allowed as PaymentIntentRow['allowed_payment_method_types'],
    amount,
    amount_capturable: 0,
    amount_received: 0,
    application: tx.actor.application,
    application_fee_amount: rest.application_fee_amount ?? null,
    // An invoice's payment is offered what the invoice's settings say.
    automatic_payment_methods: rest.invoice || allowed ? null : { enabled: true, allow_redirects: redirects },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${token(25)}`,
    confirmation_method: 'automatic',
    created: tx.now,
    currency: currency.toLowerCase(),
    customer: rest.customer ?? null,
    customer_account: null,
    description: rest.description ?? null,
    excluded_payment_method_types: excluded as PaymentIntentRow['excluded_payment_method_types'],
    last_payment_error: null,
    latest_charge: null,
    livemode: tx.livemode,
    managed_payments: null,
    metadata: rest.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: types.includes('card')
      ? {
          card: {
            installments: null,
            mandate_options: null,
            network: null,
            request_three_d_secure: 'automatic',
          },
        }
      : {},
    payment_method_types: types,
    payment_record: null,
    processing: null,
    receipt_email: rest.receipt_email ?? null,
    review: null,
    setup_future_usage: rest.setup_future_usage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_group: null,
    _: { invoice: rest.invoice ?? null, offSession: false, returnUrl: null },
  });
}
