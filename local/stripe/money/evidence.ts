import type { DisputeRow } from '../core/money-rows.ts';
import type { ChargeRow } from '../core/rows.ts';
import { text } from '../core/schema.ts';

type Evidence = DisputeRow['evidence'];

/** Every plain field of evidence; ids of files too. Types: Dispute.Evidence */
const fields = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
] as const;
type Field = (typeof fields)[number];

export const evidenceSchema = Object.fromEntries(fields.map((name) => [name, text])) as Record<
  Field,
  typeof text
>;

/** What is known of the buyer is there from the start. */
export function blankEvidence({ billing_details: { address, email, name } }: ChargeRow): Evidence {
  const known = [address?.line1, address?.city, address?.postal_code, address?.country].filter(Boolean);
  const blank = Object.fromEntries(fields.map((field) => [field, null])) as Record<Field, null>;
  return {
    ...blank,
    billing_address: known.length > 0 ? known.join('\n') : null,
    customer_email_address: email,
    customer_name: name,
    enhanced_evidence: {},
  };
}

export const longestEvidence = 150_000;

/** How many characters all evidence has together. */
export function lengthOf(evidence: Evidence) {
  return fields.reduce((sum, field) => sum + String(evidence[field] ?? '').length, 0);
}
