import type { CustomerRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { ratesAt } from './rates.ts';
import { activeRegistrations } from './registrations.ts';

/** Where something is taxed. */
export interface Place {
  country: string;
  state: string | null;
  source: 'billing_address' | 'shipping_destination';
}
interface Address {
  country?: string | null;
  state?: string | null;
  postal_code?: string | null;
}

/** First three digits of a US postal code, by state of the rate table. Source: USPS publication 65. */
const postal: [number, number, string][] = [
  [10, 27, 'MA'],
  [70, 89, 'NJ'],
  [100, 149, 'NY'],
  [150, 196, 'PA'],
  [220, 246, 'VA'],
  [270, 289, 'NC'],
  [300, 319, 'GA'],
  [320, 349, 'FL'],
  [370, 385, 'TN'],
  [398, 399, 'GA'],
  [430, 459, 'OH'],
  [480, 499, 'MI'],
  [600, 629, 'IL'],
  [750, 799, 'TX'],
  [800, 816, 'CO'],
  [850, 865, 'AZ'],
  [900, 961, 'CA'],
  [980, 994, 'WA'],
];

/** A country is enough, but for the US (postal code or state) and Canada (province). https://docs.stripe.com/tax/customer-locations */
export function placeOf(
  address: Address | null | undefined,
  source: Place['source'] = 'billing_address',
): Place | null {
  const country = address?.country?.toUpperCase();
  if (!address || !country || !/^[A-Z]{2}$/.test(country)) return null;
  const state = address.state?.toUpperCase() ?? null;
  if (country === 'CA') return state && ratesAt(country, state) ? { country, state, source } : null;
  if (country !== 'US') return { country, state, source };
  const prefix = Number(address.postal_code?.slice(0, 3) ?? Number.NaN);
  const found = postal.find(([from, to]) => prefix >= from && prefix <= to)?.[2];
  const where = state ?? found ?? null;
  return where && /^[A-Z]{2}$/.test(where) ? { country, state: where, source } : null;
}

/** The customer's: what is sent somewhere is taxed there, else where they are billed. */
export function placeOfCustomer(customer: CustomerRow): Place | null {
  return placeOf(customer.shipping?.address, 'shipping_destination') ?? placeOf(customer.address);
}

/** `customer.tax`, there only when expanded. https://docs.stripe.com/api/customers/object#customer_object-tax */
export function shownCustomerTax(tx: Tx, customer: CustomerRow) {
  const place = placeOfCustomer(customer);
  const known = place && activeRegistrations(tx).length > 0;
  return {
    automatic_tax: place ? (known ? 'supported' : 'not_collecting') : 'unrecognized_location',
    ip_address: customer._.ip ?? null,
    location: place,
    provider: 'stripe',
  };
}
