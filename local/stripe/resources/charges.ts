import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { hash, integer, metadata, moments, oneOf, paging, string, text } from '../core/schema.ts';
import { mergeMetadata, within } from '../core/tx.ts';
import { capturePayment } from '../payments/capture.ts';
import { checkDescriptors } from '../payments/intent-params.ts';

export const chargeRoutes = [
  route(
    'GET',
    '/v1/charges',
    { ...paging, customer: string, payment_intent: string, transfer_group: string, created: moments },
    ({ tx, params: { customer, payment_intent, transfer_group, created, ...page } }) => {
      const ref =
        payment_intent !== undefined
          ? { field: 'payment_intent', value: payment_intent }
          : customer !== undefined
            ? { field: 'customer', value: customer }
            : undefined;
      return tx.page('charge', '/v1/charges', page, {
        ...(ref && { ref }),
        where: (row) =>
          within(row.created, created) &&
          (transfer_group === undefined || row.transfer_group === transfer_group) &&
          (customer === undefined || idOf(row.customer) === customer),
      });
    },
  ),
  route('GET', '/v1/charges/:id', {}, ({ tx, id }) => tx.need('charge', id)),
  route(
    'POST',
    '/v1/charges/:id',
    {
      description: text,
      fraud_details: hash({ user_report: oneOf('fraudulent', 'safe') }),
      metadata,
      receipt_email: text,
      transfer_group: string,
    },
    ({ tx, id, params }) => {
      const row = tx.need('charge', id);
      const { description, receipt_email, transfer_group, fraud_details } = params;
      if (description !== undefined) row.description = description;
      if (receipt_email !== undefined) row.receipt_email = receipt_email;
      if (transfer_group !== undefined) {
        if (row.transfer_group !== null && row.transfer_group !== transfer_group)
          throw invalidRequest(
            'You cannot change the transfer_group of a charge once it is set.',
            'transfer_group',
          );
        row.transfer_group = transfer_group;
      }
      if (fraud_details?.user_report)
        row.fraud_details = { ...row.fraud_details, user_report: fraud_details.user_report };
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      return row;
    },
  ),
  route(
    'POST',
    '/v1/charges/:id/capture',
    {
      amount: integer,
      application_fee_amount: integer,
      receipt_email: text,
      statement_descriptor_suffix: string,
    },
    ({ tx, id, params }) => {
      const row = tx.need('charge', id);
      const intent = tx.need('payment_intent', idOf(row.payment_intent) ?? '');
      if (row.captured)
        throw invalidRequest(`Charge ${id} has already been captured.`, undefined, 'charge_already_captured');
      if (row.refunded)
        throw invalidRequest(
          `Charge ${id} could not be captured because it was canceled or has expired.`,
          undefined,
          'charge_expired_for_capture',
        );
      checkDescriptors(params);
      if (params.receipt_email !== undefined) row.receipt_email = params.receipt_email;
      capturePayment(tx, intent, { amount: params.amount, fee: params.application_fee_amount });
      return row;
    },
  ),
];
