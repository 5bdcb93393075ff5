import { invalidRequest, StripeFault } from '../core/fault.ts';
import type { PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** The step in which the holder of a bank account reads a small deposit on their statement. */
export function microdepositAction(tx: Tx, id: string) {
  return {
    type: 'verify_with_microdeposits',
    verify_with_microdeposits: {
      arrival_date: tx.now + 2 * 86_400,
      hosted_verification_url: `${tx.actor.base}/_/microdeposits/${id}`,
      microdeposit_type: 'descriptor_code',
    },
  };
}

export interface Read {
  amounts?: number[];
  descriptor_code?: string;
}

const attempts = 10;
const codes: Record<string, 'right' | 'exceeded' | 'timeout'> = {
  SM11AA: 'right',
  SM33CC: 'exceeded',
  SM44DD: 'timeout',
  '32,45': 'right',
  '10,11': 'exceeded',
  '40,41': 'timeout',
};

function wrong(code: string, message: string) {
  // A try that failed still counts.
  return new StripeFault(400, { type: 'invalid_request_error', code, message }, { keep: true });
}

/** Verifies a bank account, or throws 400. https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-microdeposits */
export function readMicrodeposits(method: PaymentMethodRow, { amounts, descriptor_code }: Read) {
  if ((amounts === undefined) === (descriptor_code === undefined))
    throw invalidRequest(
      'You must provide one of amounts or descriptor_code.',
      'amounts',
      'parameter_missing',
    );
  if (amounts !== undefined && (amounts.length !== 2 || amounts.some((amount) => amount < 1)))
    throw invalidRequest(
      'You must provide the two positive amounts, in cents, of the microdeposits.',
      'amounts',
      'payment_method_microdeposit_verification_amounts_invalid',
    );
  const tried = method._.microdepositTries ?? 0;
  const key = descriptor_code ?? [...(amounts ?? [])].sort((a, b) => a - b).join(',');
  const answer = tried >= attempts ? 'exceeded' : codes[key];
  if (answer === 'right') {
    method._.verified = true;
    return;
  }
  method._.microdepositTries = tried + 1;
  if (answer === 'exceeded')
    throw wrong(
      'payment_method_microdeposit_verification_attempts_exceeded',
      'You have exceeded the number of allowed verification attempts.',
    );
  if (answer === 'timeout')
    throw wrong(
      'payment_method_microdeposit_verification_timeout',
      'The time to verify this bank account with microdeposits has passed.',
    );
  throw wrong(
    `payment_method_microdeposit_verification_${amounts ? 'amounts' : 'descriptor_code'}_mismatch`,
    `The ${amounts ? 'amounts' : 'descriptor code'} provided do${amounts ? '' : 'es'} not match what was sent to the bank account. You have ${attempts - tried - 1} verification attempts left.`,
  );
}
