import { invalidParameter, invalidRequest } from '../core/fault.ts';
import type { PaymentMethodRow } from '../core/rows.ts';
import { type Kind, list, oneOf } from '../core/schema.ts';

/** What can be paid with here, and in which currencies; null in any. */
const currencies: Record<string, string[] | null> = {
  card: null,
  us_bank_account: ['usd'],
  sepa_debit: ['eur'],
  customer_balance: ['eur', 'gbp', 'usd'],
};

const known = oneOf('card', 'customer_balance', 'sepa_debit', 'us_bank_account');
export const allowedTypes = list(known);
export type MethodType = ReturnType<typeof known.parse>;

/** https://docs.stripe.com/changelog/endive/2026-09-30/remove-payment-method-types-payment-intents-and-setup-intents */
export const removedTypes: Kind<undefined, false> = {
  required: false,
  parse() {
    throw invalidParameter(
      'The payment_method_types parameter is no longer supported. Use allowed_payment_method_types, excluded_payment_method_types or payment_method_configuration instead.',
      'payment_method_types',
      'payment_method_types_no_longer_supported',
    );
  },
};

interface Wanted {
  allowed?: string[] | null;
  excluded?: string[] | null;
  /** Undefined when nothing is charged. */
  currency?: string;
}

/** `payment_method_types` of an intent: what was allowed, else the account's settings (cards and bank debits). */
export function methodTypes({ allowed, excluded, currency }: Wanted): string[] {
  if (allowed?.length && excluded?.some((type) => allowed.includes(type)))
    throw invalidRequest(
      'A payment method type cannot be both allowed and excluded.',
      'excluded_payment_method_types',
    );
  const wanted = allowed?.length ? allowed : ['card', 'us_bank_account', 'sepa_debit'];
  const types = wanted.filter((type) => {
    const only = currencies[type] ?? null;
    return !excluded?.includes(type) && (currency === undefined || only === null || only.includes(currency));
  });
  if (types.length === 0)
    throw invalidRequest(
      'No valid payment method types for this intent. Please ensure that you have activated payment methods compatible with your chosen currency.',
      allowed ? 'allowed_payment_method_types' : 'excluded_payment_method_types',
    );
  return types;
}

/** Refuses a payment method of a type that was not allowed. */
export function checkType(
  { type }: PaymentMethodRow,
  types: string[],
  noun: 'PaymentIntent' | 'SetupIntent',
) {
  if (types.includes(type)) return;
  throw invalidRequest(
    `The PaymentMethod provided (${type}) is not allowed for this ${noun}. Please attach a PaymentMethod of one of the following types: ${types.join(', ')}.`,
    'payment_method',
    noun === 'PaymentIntent' ? 'payment_intent_invalid_parameter' : 'setup_intent_invalid_parameter',
  );
}
