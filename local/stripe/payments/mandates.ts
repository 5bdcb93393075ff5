import type { Definition } from '../core/definition.ts';
import { newId, token } from '../core/ids.ts';
import type { MandateRow, PaymentMethodRow } from '../core/rows.ts';
import { accepted, emptyable, hash, integer, oneOf, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';

/** `mandate_data`: that the customer agreed, and how. */
export const mandateData = emptyable(
  hash({
    customer_acceptance: required(
      hash({
        type: required(oneOf('offline', 'online')),
        accepted_at: integer,
        offline: accepted,
        online: hash({ ip_address: string, user_agent: string, infer_from_client: accepted }),
      }),
    ),
  }),
);
export type MandateData = ReturnType<typeof mandateData.parse>;

export const mandateDefinition: Definition<'mandate'> = {
  events: (before, after) => (before && after && !unchanged(before, after) ? ['mandate.updated'] : []),
};

/** Records the agreement that debits of a bank account rest on. */
export function newMandate(
  tx: Tx,
  method: PaymentMethodRow,
  data: MandateData | undefined,
  single: { amount: number; currency: string } | null,
): MandateRow {
  const { type = 'online', accepted_at, online } = data?.customer_acceptance ?? {};
  const id = newId('mandate');
  const details =
    method.type === 'sepa_debit'
      ? {
          type: 'sepa_debit',
          sepa_debit: { reference: token(16).toUpperCase(), url: `${tx.actor.base}/_/mandates/${id}` },
        }
      : { type: method.type, [method.type]: {} };
  const row = tx.put('mandate', {
    id,
    object: 'mandate',
    customer_acceptance: {
      accepted_at: accepted_at ?? tx.now,
      type,
      ...(type === 'online'
        ? { online: { ip_address: online?.ip_address ?? null, user_agent: online?.user_agent ?? null } }
        : { offline: {} }),
    },
    livemode: tx.livemode,
    payment_method: method.id,
    payment_method_details: details as MandateRow['payment_method_details'],
    ...(single ? { single_use: single, type: 'single_use' } : { multi_use: {}, type: 'multi_use' }),
    status: 'active',
    _: {},
  });
  method._.mandate = id;
  return row;
}

/** No debit can rest on it any longer. */
export function endMandate(tx: Tx, method: PaymentMethodRow) {
  const row = tx.get('mandate', method._.mandate ?? null);
  if (row) row.status = 'inactive';
  method._.mandate = null;
}
