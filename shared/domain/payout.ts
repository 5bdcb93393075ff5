import type { PayoutObject } from '../contract/stripe-objects.ts';

/** Money on its way from an organisation's Stripe balance to its bank (R7.3). Amounts in minor units. */
export type Payout = {
  payoutId: string;
  orgId: string;
  amount: number;
  currency: string;
  status: string;
  automatic: boolean;
  method: string;
  failureCode?: string;
  /** Unix seconds. */
  arrivalDate: number;
  created: number;
  asOf: number;
};

/**
 * Stripe's payout as seen at `asOf` (unix seconds). A snapshot that is not newer than what we hold asks Stripe: a payout
 * can fail after it was paid, so no status is the last.
 * @returns undefined when only Stripe can say
 */
export function applyPayout(
  known: Payout | undefined,
  orgId: string,
  payout: PayoutObject,
  { asOf, source }: { asOf: number; source: 'event' | 'stripe' },
): Payout | undefined {
  if (known && source === 'event' && asOf <= known.asOf) return undefined;
  const { id, amount, currency, status, automatic, method, arrival_date, created, failure_code } = payout;
  return {
    payoutId: id,
    orgId,
    amount,
    currency,
    status,
    automatic,
    method,
    ...(failure_code && { failureCode: failure_code }),
    arrivalDate: arrival_date,
    created,
    asOf: Math.max(asOf, known?.asOf ?? 0),
  };
}
