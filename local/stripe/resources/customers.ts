import { cancelSubscription } from '../billing/cancel.ts';
import type { Definition } from '../core/definition.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { moments, paging, string } from '../core/schema.ts';
import { type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { changeBalance } from '../invoicing/balance.ts';
import { paymentMethodOf } from '../payments/cards.ts';
import { cashBalanceOf, setReconciliation, shownCashBalance } from '../payments/cash-balance.ts';
import { detach } from '../payments/detach.ts';
import { addTaxId, taxIdData } from '../tax/tax-ids.ts';
import { blankCustomer, customerFields, writeCustomer } from './customer-params.ts';
import { customerTaxVirtuals } from './metering.ts';
import { attach } from './payment-methods.ts';

export const customerDefinition: Definition<'customer'> = {
  events(before, after) {
    if (!after) return ['customer.deleted'];
    if (!before) return ['customer.created'];
    return unchanged(before, after) ? [] : ['customer.updated'];
  },
  refs: (row) => ({ email: row.email }),
};

function currencyOf(tx: Tx) {
  return tx.on(tx.actor.account).get('account', tx.actor.account)?.default_currency ?? 'usd';
}

export const customerVirtuals = {
  customer: {
    ...customerTaxVirtuals,
    cash_balance: (tx: Tx, id: string) => shownCashBalance(cashBalanceOf(tx, id)),
  },
};

export const customerRoutes = [
  route(
    'POST',
    '/v1/customers',
    { ...customerFields, payment_method: string, tax_id_data: taxIdData, test_clock: string },
    ({ tx, params }) => {
      const { payment_method: chosen, invoice_settings: settings } = params;
      const row = tx.put('customer', blankCustomer(tx));
      const method = chosen === undefined ? undefined : attach(tx, paymentMethodOf(tx, chosen), row.id);
      // A test payment method may be named twice: it is one and the same.
      if (method && settings && settings.default_payment_method === chosen)
        settings.default_payment_method = method.id;
      writeCustomer(tx, row, params);
      for (const given of params.tax_id_data ?? []) addTaxId(tx, row.id, given);
      changeBalance(tx, row, params.balance ?? 0, { type: 'initial', currency: currencyOf(tx) });
      setReconciliation(tx, row.id, params.cash_balance?.settings?.reconciliation_mode);
      return row;
    },
  ),
  route(
    'GET',
    '/v1/customers',
    { ...paging, email: string, created: moments, test_clock: string },
    ({ tx, params: { email, created, test_clock, ...page } }) =>
      tx.page('customer', '/v1/customers', page, {
        ...(email !== undefined && { ref: { field: 'email', value: email } }),
        where: (row) =>
          within(row.created, created) && (test_clock === undefined || idOf(row.test_clock) === test_clock),
      }),
  ),
  route(
    'GET',
    '/v1/customers/:id',
    {},
    ({ tx, id }) => tx.deleted('customer', id) ?? tx.need('customer', id),
  ),
  route('POST', '/v1/customers/:id', customerFields, ({ tx, id, params }) => {
    const row = tx.need('customer', id);
    writeCustomer(tx, row, params);
    changeBalance(tx, row, (params.balance ?? row.balance) - row.balance, {
      type: 'adjustment',
      currency: row.currency ?? currencyOf(tx),
    });
    setReconciliation(tx, id, params.cash_balance?.settings?.reconciliation_mode);
    return row;
  }),
  route('DELETE', '/v1/customers/:id', {}, ({ tx, id }) => {
    tx.need('customer', id);
    for (const subscription of tx.each('subscription', { field: 'customer', value: id })) {
      if (!subscription.ended_at) cancelSubscription(tx, subscription);
    }
    for (const method of [...tx.each('payment_method', { field: 'customer', value: id })]) detach(tx, method);
    tx.unit.step();
    tx.remove(id);
    return { id, object: 'customer', deleted: true };
  }),
];
