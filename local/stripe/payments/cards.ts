import { createHash } from 'node:crypto';
import type Stripe from 'stripe';
import { StripeFault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { CardNature, PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

interface TestCard extends CardNature {
  brand: string;
  number: string;
}

const good: CardNature = { charge: null, attach: null, authentication: 'never' };

function refused(code: string): CardNature {
  return { charge: code, attach: code, authentication: 'never' };
}

/** https://docs.stripe.com/testing#cards */
const numbers: Record<string, Omit<TestCard, 'number'>> = {
  '4242424242424242': { brand: 'visa', ...good },
  '5555555555554444': { brand: 'mastercard', ...good },
  '378282246310005': { brand: 'amex', ...good },
  '4000000000000002': { brand: 'visa', ...refused('generic_decline') },
  '4000000000009995': { brand: 'visa', ...refused('insufficient_funds') },
  '4000000000000069': { brand: 'visa', ...refused('expired_card') },
  '4000000000000127': { brand: 'visa', ...refused('incorrect_cvc') },
  '4000000000000341': { brand: 'visa', ...good, charge: 'generic_decline' },
  '4000002500003155': { brand: 'visa', ...good, authentication: 'until_set_up' },
  '4000002760003184': { brand: 'visa', ...good, authentication: 'always' },
};

const tokens: Record<string, string> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_amex: '378282246310005',
  pm_card_chargeDeclined: '4000000000000002',
  pm_card_visa_chargeDeclined: '4000000000000002',
  pm_card_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_chargeDeclinedExpiredCard: '4000000000000069',
  pm_card_chargeDeclinedIncorrectCvc: '4000000000000127',
  pm_card_chargeCustomerFail: '4000000000000341',
  pm_card_authenticationRequired: '4000002760003184',
  pm_card_threeDSecure2Required: '4000002760003184',
  pm_card_authenticationRequiredOnSetup: '4000002500003155',
};

/** The error code and words of a decline code. https://docs.stripe.com/declines/codes */
const declines: Record<string, { code: string; message: string }> = {
  generic_decline: { code: 'card_declined', message: 'Your card was declined.' },
  insufficient_funds: { code: 'card_declined', message: 'Your card has insufficient funds.' },
  authentication_required: {
    code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
  expired_card: { code: 'expired_card', message: 'Your card has expired.' },
  incorrect_cvc: { code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
};

export function declineError(decline: string) {
  const { code, message } = declines[decline] ?? {
    code: 'card_declined',
    message: 'Your card was declined.',
  };
  return { type: 'card_error' as const, code, decline_code: decline, message };
}

interface CardInput {
  number: string;
  expMonth: number;
  expYear: number;
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

export function makeCard(tx: Tx, { number, expMonth, expYear }: CardInput): PaymentMethodRow {
  const known = numbers[number];
  if (!known)
    throw new StripeFault(402, {
      type: 'card_error',
      code: 'incorrect_number',
      message: 'Your card number is incorrect.',
      param: 'number',
    });
  const { brand, ...nature } = known;
  const card: Stripe.PaymentMethod.Card = {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'US',
    display_brand: brand,
    exp_month: expMonth,
    exp_year: expYear,
    // The same number has the same fingerprint within one account's mode.
    fingerprint: createHash('sha256').update(`${tx.scope} ${number}`).digest('hex').slice(0, 16),
    funding: 'credit',
    generated_from: null,
    last4: number.slice(-4),
    networks: { available: [brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
  const billing_details = { address: noAddress, email: null, name: null, phone: null, tax_id: null };
  return tx.put('payment_method', {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details,
    card,
    created: tx.now,
    customer: null,
    customer_account: null,
    livemode: tx.livemode,
    metadata: {},
    type: 'card',
    _: nature,
  });
}

/** The payment method an id names; a test token becomes a card of its own. */
export function paymentMethodOf(tx: Tx, id: string, param = 'payment_method'): PaymentMethodRow {
  const number = Object.hasOwn(tokens, id) ? tokens[id] : undefined;
  if (number === undefined) return tx.need('payment_method', id, param);
  return makeCard(tx, { number, expMonth: 12, expYear: new Date(tx.now * 1000).getUTCFullYear() + 3 });
}
