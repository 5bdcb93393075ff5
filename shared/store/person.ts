import { Refusal } from '../contract/errors.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import type { Customer } from './customer.ts';
import { keys } from './keys.ts';
import { put, type Write } from './table.ts';

/** Binds a customer to the currency they buy in; lost (guard `currency`) when they are bound to another one. */
export function lockCurrency(row: Customer, currency: string): Write {
  const { mode, stripeAccount, userId, stripeCustomerId } = row;
  return {
    guard: 'currency',
    key: keys.person(mode, stripeAccount, userId),
    item: { stripeCustomerId, currency },
    condition: {
      expression: 'attribute_not_exists(currency) OR currency = :currency',
      values: { ':currency': currency },
    },
  };
}

export const currencyLocked = (currency: string): Refusal =>
  new Refusal(
    'state_conflict',
    `You have bought in another currency before and cannot buy in ${currency.toUpperCase()} now.`,
  );

/** R8.5: which version of the terms was accepted, before what. */
export function consentWrites(
  { mode, widgetId, userId }: Subscriber,
  attemptId: string,
  consent: { termsVersion: string } | undefined,
  now: Date,
): Write[] {
  if (!consent) return [];
  const { termsVersion } = consent;
  const item = { termsVersion, action: 'purchase', attemptId, at: now.toISOString() };
  return [put('consent', keys.consent(mode, widgetId, userId, attemptId), item)];
}
