import { invalidRequest } from '../core/fault.ts';
import type { CheckoutSessionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { checkAmount } from '../payments/amounts.ts';
import { checkFee } from '../payments/intent-params.ts';
import type { Given } from './checks.ts';
import type { CustomFieldParams } from './params.ts';

/** A custom field without an answer yet. */
export function customField({ key, label, type, optional = false, ...given }: CustomFieldParams) {
  const limits = { default_value: null, maximum_length: null, minimum_length: null, value: null };
  const { dropdown } = given;
  return {
    key,
    label,
    type,
    optional,
    ...(type === 'dropdown' && {
      dropdown: {
        default_value: dropdown?.default_value ?? null,
        options: dropdown?.options ?? [],
        value: null,
      },
    }),
    ...(type === 'numeric' && { numeric: { ...limits, ...given.numeric } }),
    ...(type === 'text' && { text: { ...limits, ...given.text } }),
  };
}

/** What is known of the customer before they typed anything. */
export function detailsOf(
  tx: Tx,
  { customer: id, customer_email }: Given,
): CheckoutSessionRow['customer_details'] {
  const customer = id === undefined ? undefined : tx.need('customer', id, 'customer');
  const email = customer?.email ?? customer_email ?? null;
  if (!customer && email === null) return null;
  return {
    address: null,
    business_name: null,
    email,
    individual_name: null,
    name: null,
    phone: null,
    tax_exempt: customer?.tax_exempt ?? 'none',
    tax_ids: null,
  };
}

/** `invoice_creation` as the session shows it. */
export function invoiceCreation({ mode, invoice_creation }: Given): CheckoutSessionRow['invoice_creation'] {
  if (mode !== 'payment') return null;
  const data = invoice_creation?.invoice_data;
  return {
    enabled: invoice_creation?.enabled ?? false,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: null,
      description: typeof data?.description === 'string' ? data.description : null,
      footer: typeof data?.footer === 'string' ? data.footer : null,
      issuer: null,
      metadata: (data?.metadata as Record<string, string> | undefined) ?? {},
      rendering_options: null,
    },
  };
}

/** Checks that it can be charged at all. */
export function checkTotal(tx: Tx, row: CheckoutSessionRow) {
  const fee = row._.paymentIntentData.application_fee_amount;
  if (row.mode !== 'payment') return;
  checkFee(tx, fee === undefined ? undefined : Number(fee), row.amount_total ?? 0);
  if (!row.amount_total) return;
  try {
    checkAmount(row.amount_total, row.currency ?? 'usd');
  } catch (error) {
    const { message } = error as Error;
    throw invalidRequest(
      message.replace('Amount must be', "The Checkout Session's total amount due must add up to"),
      'line_items',
      'amount_too_small',
    );
  }
}
