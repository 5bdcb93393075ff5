const limit = 'This payment would cause the account to exceed its weekly limit.';

/** Why a bank refused a debit, in words. https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment and /payments/sepa-debit */
const messages: Record<string, string> = {
  account_closed: "The customer's bank account has been closed.",
  no_account: "The customer's bank account could not be located.",
  insufficient_funds: "The customer's account has insufficient funds to cover this payment.",
  debit_not_authorized: 'The customer has notified their bank that this payment was unauthorized.',
  invalid_currency:
    'The bank was unable to process this payment because of its currency. This is probably because the bank account cannot accept payments in that currency.',
  generic_could_not_process: 'Your payment could not be processed.',
  charge_exceeds_source_limit: limit,
  charge_exceeds_weekly_limit: limit,
};

/** The error of a debit that failed. */
export function bankError(code: string) {
  return {
    type: 'card_error' as const,
    code,
    message: messages[code] ?? 'Your payment could not be processed.',
  };
}
