import { invalidRequest } from '../core/fault.ts';
import type { Tx } from '../core/tx.ts';

/** Calls that charge, or lead to a charge. */
const charging = new Set([
  '/v1/payment_intents',
  '/v1/payment_intents/:id/confirm',
  '/v1/checkout/sessions',
  '/v1/subscriptions',
  '/v1/invoices/:id/pay',
]);

/** Refuses to charge on an account that may not: 400. https://docs.stripe.com/api/accounts/object#account_object-charges_enabled */
export function mustBeEnabled(tx: Tx, method: string, pattern: string) {
  if (method !== 'POST' || !charging.has(pattern)) return;
  const { account, application } = tx.actor;
  if (tx.get('account', account)?.charges_enabled !== false) return;
  throw invalidRequest(
    application === null
      ? 'Your account cannot currently make live charges.'
      : 'This Connect account cannot currently make live charges. The `requirements.disabled_reason` property on the account will provide information about why this account is currently disabled. If you are a customer trying to make a purchase, please contact the owner of this site. Your transaction has not been processed.',
  );
}
