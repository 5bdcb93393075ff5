import { newId, token } from '../core/ids.ts';
import type { ChargeRow, PaymentIntentRow, PaymentMethodRow } from '../core/rows.ts';
import { threeDSecure } from './declines.ts';

type Details = NonNullable<ChargeRow['payment_method_details']>;

export interface Authentication {
  /** How the cardholder's authentication ended, when there was one. */
  authentication?: 'authenticated' | 'failed' | 'processing_error' | 'attempt_acknowledged' | null;
}

/** How long a bank holds money for a capture, in seconds. https://docs.stripe.com/payments/place-a-hold-on-a-payment-method#auth-capture-limitations */
export const holdSeconds = 7 * 86_400;

function cardDetails(
  intent: PaymentIntentRow,
  { card }: PaymentMethodRow,
  created: number,
  approved: boolean,
  held: boolean,
  authentication: Authentication['authentication'] = null,
): Details['card'] {
  return {
    amount_authorized: approved ? intent.amount : null,
    authorization_code: approved ? token(6).toUpperCase() : null,
    brand: card?.brand ?? null,
    ...(held && { capture_before: created + holdSeconds }),
    checks: card?.checks ?? null,
    country: card?.country ?? null,
    electronic_commerce_indicator: null,
    exp_month: card?.exp_month ?? 1,
    exp_year: card?.exp_year ?? 2030,
    extended_authorization: { status: 'disabled' },
    fingerprint: card?.fingerprint ?? null,
    funding: card?.funding ?? null,
    incremental_authorization: { status: 'unavailable' },
    installments: null,
    last4: card?.last4 ?? null,
    mandate: null,
    multicapture: { status: 'unavailable' },
    network: card?.networks?.preferred ?? card?.brand ?? null,
    network_token: { used: false },
    network_transaction_id: approved ? newId('').slice(1, 16) : null,
    overcapture: { maximum_amount_capturable: intent.amount, status: 'unavailable' },
    regulated_status: card?.regulated_status ?? null,
    three_d_secure: threeDSecure(authentication),
    transaction_link_id: null,
    wallet: null,
  };
}

/** What a charge says of how it was paid. `held` says that its capture is still to come. */
export function chargeDetails(
  intent: PaymentIntentRow,
  method: PaymentMethodRow,
  created: number,
  approved: boolean,
  held: boolean,
  { authentication }: Authentication,
): Details {
  const { type } = method;
  if (type === 'us_bank_account' && method.us_bank_account) {
    const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } =
      method.us_bank_account;
    return {
      type,
      us_bank_account: {
        account_holder_type,
        account_type,
        bank_name,
        fingerprint,
        last4,
        mandate: method._.mandate ?? undefined,
        payment_reference: null,
        routing_number,
      },
    };
  }
  if (type === 'sepa_debit' && method.sepa_debit) {
    const { bank_code, branch_code, country, fingerprint, last4 } = method.sepa_debit;
    const mandate = method._.mandate ?? null;
    return { type, sepa_debit: { bank_code, branch_code, country, fingerprint, last4, mandate } };
  }
  if (type === 'customer_balance') return { type, customer_balance: {} };
  return { type, card: cardDetails(intent, method, created, approved, held, authentication) };
}
