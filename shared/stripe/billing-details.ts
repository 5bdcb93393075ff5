import Stripe from 'stripe';
import type * as z from 'zod/mini';
import { Refusal } from '../contract/errors.ts';
import type { address } from '../contract/schemas.ts';
import type { Customer } from '../store/customer.ts';
import { atStripe } from './client.ts';

type Address = z.output<typeof address>;
type TaxId = { type: string; value: string };
export type BillingDetails = {
  name: string | null;
  email: string | null;
  address: Address | null;
  taxId: (TaxId & { verification: string }) | null;
};

/** The customer as invoices and taxes see them. One call. */
export async function billingDetailsOf(
  stripe: Stripe,
  { stripeAccount, stripeCustomerId }: Customer,
): Promise<BillingDetails> {
  const found = await atStripe(() =>
    stripe.customers.retrieve(stripeCustomerId, { expand: ['tax_ids'] }, { stripeAccount }),
  );
  if (found.deleted) return { name: null, email: null, address: null, taxId: null };
  const [taxId] = found.tax_ids?.data ?? [];
  return {
    name: found.name ?? null,
    email: found.email,
    address: addressOf(found.address),
    taxId: taxId
      ? { type: taxId.type, value: taxId.value, verification: taxId.verification?.status ?? 'unavailable' }
      : null,
  };
}

function addressOf(found: Stripe.Address | null | undefined): Address | null {
  if (!found?.country) return null;
  const { country, line1, line2, city, state, postal_code } = found;
  return {
    country,
    ...(line1 && { line1 }),
    ...(line2 && { line2 }),
    ...(city && { city }),
    ...(state && { state }),
    ...(postal_code && { postalCode: postal_code }),
  };
}

/** Sets what is given. A new tax number is there before the old one goes, so an invoice in between has one. */
export async function setBillingDetailsOf(
  stripe: Stripe,
  customer: Customer,
  change: { name?: string | undefined; address?: Address | undefined; taxId?: TaxId | null | undefined },
): Promise<BillingDetails> {
  const { stripeAccount, stripeCustomerId } = customer;
  const options = { stripeAccount };
  const { name, address, taxId } = change;
  const params: Stripe.CustomerUpdateParams = {
    ...(name && { name }),
    ...(address && {
      address: {
        country: address.country,
        line1: address.line1 ?? '',
        line2: address.line2 ?? '',
        city: address.city ?? '',
        state: address.state ?? '',
        postal_code: address.postalCode ?? '',
      },
    }),
  };
  if (Object.keys(params).length > 0)
    await atStripe(() => stripe.customers.update(stripeCustomerId, params, options));
  if (taxId !== undefined) await replaceTaxId(stripe, customer, taxId);
  return billingDetailsOf(stripe, customer);
}

async function replaceTaxId(
  stripe: Stripe,
  { stripeAccount, stripeCustomerId }: Customer,
  wanted: TaxId | null,
): Promise<void> {
  const options = { stripeAccount };
  const known = await atStripe(() => stripe.customers.listTaxIds(stripeCustomerId, { limit: 100 }, options));
  const same = known.data.find(({ type, value }) => type === wanted?.type && value === wanted.value);
  if (wanted && !same) await createTaxId(stripe, stripeCustomerId, wanted, options);
  for (const { id } of known.data) {
    if (id !== same?.id)
      await atStripe(() => stripe.customers.deleteTaxId(stripeCustomerId, id, {}, options));
  }
}

async function createTaxId(
  stripe: Stripe,
  customer: string,
  { type, value }: TaxId,
  options: { stripeAccount: string },
): Promise<void> {
  try {
    // Stripe says which types and values there are; the contract fixes only their form.
    const params = { type: type as Stripe.CustomerCreateTaxIdParams.Type, value };
    await stripe.customers.createTaxId(customer, params, options);
  } catch (error) {
    const wrong = error instanceof Stripe.errors.StripeInvalidRequestError;
    if (!wrong) return atStripe(() => Promise.reject(error));
    const path = error.param === 'type' ? 'body.taxId.type' : 'body.taxId.value';
    const errors = [{ path, message: `is no valid tax id of the type ${type}` }];
    throw new Refusal('invalid_request', `${path} ${errors[0]?.message}`, { errors });
  }
}
