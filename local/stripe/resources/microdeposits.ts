import { afterPayment } from '../billing/settle.ts';
import { StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type PaymentIntentRow, type SetupIntentRow } from '../core/rows.ts';
import { integer, list, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { browserMay } from '../payments/confirmation.ts';
import { startDebit } from '../payments/debit.ts';
import { type Read, readMicrodeposits } from '../payments/microdeposits.ts';
import { finishVerification } from '../payments/setup.ts';

const read = { amounts: list(integer), descriptor_code: string, client_secret: string };

function verify(tx: Tx, row: PaymentIntentRow | SetupIntentRow, params: Read) {
  if (row.next_action?.type !== 'verify_with_microdeposits')
    throw new StripeFault(400, {
      type: 'invalid_request_error',
      code: `${row.object}_unexpected_state`,
      message: `You cannot verify microdeposits of this ${row.object === 'payment_intent' ? 'PaymentIntent' : 'SetupIntent'} because it is not waiting for them.`,
      [row.object]: shown(row),
    });
  const method = tx.need('payment_method', idOf(row.payment_method) ?? '');
  readMicrodeposits(method, params);
  return method;
}

/** https://docs.stripe.com/api/payment_intents/verify_microdeposits and /setup_intents/verify_microdeposits */
export const microdepositRoutes = [
  route(
    'POST',
    '/v1/payment_intents/:id/verify_microdeposits',
    read,
    ({ tx, id, params }) => {
      const row = tx.need('payment_intent', id, 'intent');
      browserMay(tx, row.client_secret, params.client_secret, 'payment_intent', id);
      startDebit(tx, row, verify(tx, row, params));
      afterPayment(tx, row);
      return row;
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/setup_intents/:id/verify_microdeposits',
    read,
    ({ tx, id, params }) => {
      const row = tx.need('setup_intent', id, 'intent');
      browserMay(tx, row.client_secret, params.client_secret, 'setupintent', id);
      verify(tx, row, params);
      finishVerification(tx, row);
      return row;
    },
    { browser: true },
  ),
];
