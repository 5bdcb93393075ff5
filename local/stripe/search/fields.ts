import type { Rows } from '../core/rows.ts';
import { idOf } from '../core/rows.ts';

type Value = string | number | boolean | null | undefined;
export interface Field<Row> {
  type: 'token' | 'string' | 'numeric';
  read(row: Row): Value;
}
export type Fields<Row> = Record<string, Field<Row>>;

const field =
  (type: Field<never>['type']) =>
  <Row>(read: (row: Row) => Value): Field<Row> => ({ type, read });
const token = field('token');
const string = field('string');
const numeric = field('numeric');

type Charge = Rows['charge'];
const cardFields = ['last4', 'exp_month', 'exp_year', 'brand', 'fingerprint'] as const;

/** A fully refunded charge is true, a partly refunded one false, another has no value. */
const refunded = ({ refunded: all, amount_refunded: amount }: Charge) => (amount > 0 ? all : null);

/** What can be searched for, as https://docs.stripe.com/search#supported-query-fields-for-each-resource has it. */
export const chargeFields: Fields<Charge> = {
  amount: numeric(({ amount }) => amount),
  'billing_details.address.postal_code': token((row) => row.billing_details.address?.postal_code),
  created: numeric(({ created }) => created),
  currency: token(({ currency }) => currency),
  customer: token((row) => row.customer && idOf(row.customer)),
  disputed: token(({ disputed }) => disputed),
  refunded: token(refunded),
  status: token(({ status }) => status),
  ...Object.fromEntries(
    cardFields.map((name) => [
      `payment_method_details.card.${name}`,
      token((row: Charge) => row.payment_method_details?.card?.[name]),
    ]),
  ),
};

export const customerFields: Fields<Rows['customer']> = {
  created: numeric(({ created }) => created),
  email: string(({ email }) => email),
  name: string(({ name }) => name),
  phone: string(({ phone }) => phone),
};

export const invoiceFields: Fields<Rows['invoice']> = {
  created: numeric(({ created }) => created),
  currency: token(({ currency }) => currency),
  customer: token((row) => row.customer && idOf(row.customer)),
  last_finalization_error_code: token((row) => row.last_finalization_error?.code),
  last_finalization_error_type: token((row) => row.last_finalization_error?.type),
  number: string(({ number }) => number),
  receipt_number: string((row) => row.receipt_number),
  status: string(({ status }) => status),
  subscription: string((row) => {
    const subscription = row.parent?.subscription_details?.subscription;
    return subscription && idOf(subscription);
  }),
  total: numeric(({ total }) => total),
};

export const paymentIntentFields: Fields<Rows['payment_intent']> = {
  amount: numeric(({ amount }) => amount),
  created: numeric(({ created }) => created),
  currency: token(({ currency }) => currency),
  customer: token((row) => row.customer && idOf(row.customer)),
  status: token(({ status }) => status),
};

export const priceFields: Fields<Rows['price']> = {
  active: token(({ active }) => active),
  currency: token(({ currency }) => currency),
  lookup_key: string((row) => row.lookup_key),
  product: string((row) => idOf(row.product)),
  type: token(({ type }) => type),
};

export const productFields: Fields<Rows['product']> = {
  active: token(({ active }) => active),
  description: string(({ description }) => description),
  name: string(({ name }) => name),
  shippable: token(({ shippable }) => shippable),
  url: string(({ url }) => url),
};

export const subscriptionFields: Fields<Rows['subscription']> = {
  canceled_at: numeric((row) => row.canceled_at),
  created: numeric(({ created }) => created),
  status: token(({ status }) => status),
};
