import { createHash } from 'node:crypto';
import { newId } from '../core/ids.ts';
import type { CardNature, PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

export const noAddress = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
};

/** The same number has the same fingerprint within one account's mode. */
export function fingerprint(tx: Tx, number: string) {
  return createHash('sha256').update(`${tx.scope} ${number}`).digest('hex').slice(0, 16);
}

/** A payment method without its details; not yet stored. */
export function blankMethod(tx: Tx, type: string, nature: CardNature): PaymentMethodRow {
  return {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: noAddress, email: null, name: null, phone: null, tax_id: null },
    created: tx.now,
    customer: null,
    customer_account: null,
    livemode: tx.livemode,
    metadata: {},
    type: type as PaymentMethodRow['type'],
    _: { ...nature },
  };
}
