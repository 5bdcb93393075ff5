import { afterBankAnswer } from '../billing/bank-answer.ts';
import type { Definition } from '../core/definition.ts';
import { cancelPayment } from './capture.ts';
import { failMicrodeposits, finishDebit } from './debit.ts';
import { setupIntentDefinition as setupStored } from './new-setup.ts';
import { paymentIntentDefinition as paymentStored } from './payment-definition.ts';
import { failSetupMicrodeposits } from './setup.ts';

/** What time does to a payment: the bank answers, or a hold that nobody captured ends. */
export const paymentIntentDefinition: Definition<'payment_intent'> = {
  ...paymentStored,
  run(tx, row) {
    if (row.status === 'requires_capture') cancelPayment(tx, row, 'automatic');
    else if (row.status === 'requires_action') failMicrodeposits(tx, row);
    else if (row.status === 'processing') {
      finishDebit(tx, row);
      afterBankAnswer(tx, row);
    }
  },
};

export const setupIntentDefinition: Definition<'setup_intent'> = {
  ...setupStored,
  run: (tx, row) => failSetupMicrodeposits(tx, row),
};
