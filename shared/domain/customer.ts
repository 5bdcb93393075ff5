import type { Subscriber } from './subscriber.ts';

const kept = 8;

/** The row of a person whose customer was deleted in Stripe. What it bought is known by the old id still. */
export function withoutCustomer(row: Subscriber, customerId: string): Subscriber {
  const { stripeCustomerId: _, purchase: _reserved, ...rest } = row;
  return { ...rest, formerCustomers: [customerId, ...(row.formerCustomers ?? [])].slice(0, kept) };
}

/** Whether what Stripe tells of a customer is about this person, now or before the customer was deleted. */
export const isCustomer = (
  { stripeCustomerId, formerCustomers = [] }: Subscriber,
  customerId: string | null | undefined,
): boolean =>
  customerId !== null &&
  customerId !== undefined &&
  (stripeCustomerId === customerId || formerCustomers.includes(customerId));
