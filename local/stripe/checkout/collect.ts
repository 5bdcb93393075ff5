import { invalidRequest } from '../core/fault.ts';
import type { CheckoutSessionRow } from '../core/rows.ts';
import { hash, oneOf, type Params, string, text } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { customerRoutes } from '../resources/customers.ts';
import { callRoute } from './call.ts';
import { kept } from './params.ts';

/** What a customer can type into Checkout besides how they pay. */
export const collected = {
  address: hash({ city: text, country: text, line1: text, line2: text, postal_code: text, state: text }),
  business_name: string,
  /** Answers by the field's key. */
  custom_fields: { ...kept({}), parse: (value: unknown) => value as Record<string, string> },
  email: string,
  name: string,
  phone: string,
  promotions: oneOf('opt_in', 'opt_out'),
  tax_id: hash({ type: string, value: string }),
  terms_of_service: oneOf('accepted'),
};
export type Collected = Params<typeof collected>;

const missingField = (message: string, param: string) => invalidRequest(message, param, 'parameter_missing');

function answerField(field: CheckoutSessionRow['custom_fields'][number], value: string | undefined) {
  const at = `custom_fields[${field.key}]`;
  if (value === undefined || value === '') {
    if (field.optional) return;
    throw missingField(`${field.label.custom} is required.`, at);
  }
  if (field.type === 'dropdown' && !field.dropdown?.options.some((option) => option.value === value))
    throw invalidRequest('Please choose one of the options.', at);
  if (field.type === 'numeric' && !/^\d+$/.test(value)) throw invalidRequest('Please enter a number.', at);
  const rules = field.numeric ?? field.text;
  if (rules?.minimum_length && value.length < rules.minimum_length)
    throw invalidRequest(`Must be at least ${rules.minimum_length} characters.`, at);
  if (rules?.maximum_length && value.length > rules.maximum_length)
    throw invalidRequest(`Must be at most ${rules.maximum_length} characters.`, at);
  const holder = field.dropdown ?? rules;
  if (holder) holder.value = value;
}

/** Puts what was typed on the session. Throws 400 for what is missing. */
export function collect(tx: Tx, session: CheckoutSessionRow, given: Collected) {
  const { email, name, phone, address, business_name, tax_id } = given;
  const customer = tx.get('customer', typeof session.customer === 'string' ? session.customer : null);
  const before = session.customer_details;
  const blank = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
  const mail = customer?.email ?? session.customer_email ?? email ?? before?.email ?? null;
  if (mail === null && !customer) throw missingField('Email is required.', 'email');
  if (mail !== null && !/^[^\s@]+@[^\s@]+$/.test(mail))
    throw invalidRequest(`Invalid email address: ${mail}`, 'email', 'email_invalid');
  if (session.billing_address_collection === 'required' && !address?.line1)
    throw missingField('A billing address is required.', 'address');
  if (session.phone_number_collection?.enabled && !phone)
    throw missingField('A phone number is required.', 'phone');
  if (session.consent_collection?.terms_of_service === 'required' && given.terms_of_service !== 'accepted')
    throw missingField('You must accept the terms of service to continue.', 'terms_of_service');
  for (const field of session.custom_fields) answerField(field, given.custom_fields?.[field.key]);
  session.customer_details = {
    address: session.mode === 'setup' ? null : { ...blank, ...address },
    business_name: business_name ?? null,
    email: mail,
    individual_name: null,
    name: name ?? null,
    phone: phone ?? null,
    tax_exempt: customer?.tax_exempt ?? 'none',
    tax_ids:
      session.tax_id_collection?.enabled && tax_id?.value
        ? [{ type: (tax_id.type ?? 'unknown') as 'unknown', value: tax_id.value }]
        : [],
  } as CheckoutSessionRow['customer_details'];
  if (session.consent_collection)
    session.consent = {
      promotions: given.promotions ?? null,
      terms_of_service: given.terms_of_service ?? null,
    };
  if (!customer) return;
  const known = {
    ...(session.automatic_tax.enabled && address && !customer.address && { address }),
    ...(customer.email === null && mail !== null && { email: mail }),
    ...((name ?? business_name) !== undefined && customer.name === null && { name: business_name ?? name }),
  };
  if (Object.keys(known).length > 0)
    callRoute(tx, customerRoutes, 'POST /v1/customers/:id', known, [customer.id]);
}
