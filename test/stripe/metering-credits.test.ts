import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { clockTo, connect, now, stripe } = await emulator();
const account = await connect();
const { on, product } = await shop(stripe, account);
const hour = 3600;
const day = 24 * hour;
let made = 0;

async function meteredPrice(unit_amount = 1, currency = 'usd') {
  made += 1;
  const event_name = `used_${made}`;
  const meter = await stripe.billing.meters.create(
    { display_name: 'Used', event_name, default_aggregation: { formula: 'sum' } },
    on,
  );
  const recurring = { interval: 'month', usage_type: 'metered', meter: meter.id } as const;
  const price = await stripe.prices.create({ product: product.id, currency, unit_amount, recurring }, on);
  return { event_name, price: price.id };
}

async function payer() {
  const { id } = await stripe.customers.create({}, on);
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: id }, on);
  await stripe.customers.update(id, { invoice_settings: { default_payment_method: method.id } }, on);
  return id;
}

function grant(
  customer: string,
  value: number,
  params: Partial<Stripe.Billing.CreditGrantCreateParams> = {},
) {
  return stripe.billing.creditGrants.create(
    {
      customer,
      amount: { type: 'monetary', monetary: { currency: 'usd', value } },
      applicability_config: { scope: { price_type: 'metered' } },
      ...params,
    },
    on,
  );
}

async function balance(customer: string) {
  const filter = { type: 'applicability_scope', applicability_scope: { price_type: 'metered' } } as const;
  const { balances } = await stripe.billing.creditBalanceSummaries.retrieve({ customer, filter }, on);
  return balances[0]?.available_balance.monetary?.value ?? 0;
}

async function transactions(customer: string) {
  const { data } = await stripe.billing.creditBalanceTransactions.list({ customer, limit: 100 }, on);
  return data;
}

async function use(customer: string, event_name: string, value: number) {
  const payload = { stripe_customer_id: customer, value: String(value) };
  await stripe.billing.meterEvents.create({ event_name, payload }, on);
}

/** Ends a subscription with what was used so far on an invoice, which is finalised and paid an hour later. */
async function invoiced(subscription: string) {
  await clockTo((await now()) + 10);
  await stripe.subscriptions.cancel(subscription, { invoice_now: true }, on);
  await clockTo((await now()) + 2 * hour);
  const { latest_invoice } = await stripe.subscriptions.retrieve(
    subscription,
    { expand: ['latest_invoice'] },
    on,
  );
  return latest_invoice as Stripe.Invoice;
}

// https://docs.stripe.com/api/billing/credit-grant
describe('a credit grant', () => {
  it('is credit at once, until it ends or is void', async () => {
    const customer = await payer();
    const first = await grant(customer, 500, { name: 'Welcome', category: 'promotional' });
    expect(first).toMatchObject({ priority: 50, category: 'promotional', voided_at: null, expires_at: null });
    const second = await grant(customer, 300, { expires_at: (await now()) + 100 });
    expect(await balance(customer)).toBe(800);
    await stripe.billing.creditGrants.voidGrant(first.id, {}, on);
    expect(await balance(customer)).toBe(300);
    await clockTo((await now()) + 200);
    expect(await balance(customer)).toBe(0);
    const types = (await transactions(customer)).map(({ credit, debit }) => credit?.type ?? debit?.type);
    expect(types).toEqual(['credits_expired', 'credits_voided', 'credits_granted', 'credits_granted']);
    await expect(stripe.billing.creditGrants.expire(second.id, {}, on)).rejects.toThrow();
    const { data } = await stripe.events.list({ type: 'billing.credit_grant.*', limit: 3 }, on);
    expect(data.map(({ type }) => type)).toContain('billing.credit_grant.created');
  });

  it('is refused when it covers nothing metered, or never could', async () => {
    const customer = await payer();
    const plain = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 1 }, on);
    const scope = { prices: [{ id: plain.id }] };
    await expect(grant(customer, 1, { applicability_config: { scope } })).rejects.toMatchObject({
      param: 'applicability_config[scope][prices][0][id]',
    });
    await expect(grant(customer, 0)).rejects.toMatchObject({ param: 'amount[monetary][value]' });
    await expect(grant(customer, 1, { priority: 101 })).rejects.toMatchObject({ param: 'priority' });
  });
});

// https://docs.stripe.com/billing/subscriptions/usage-based/billing-credits
describe('credit', () => {
  it('pays metered lines only, when the invoice is finalised, and comes back when it is void', async () => {
    const { event_name, price } = await meteredPrice();
    const recurring = { interval: 'month' } as const;
    const flat = await stripe.prices.create(
      { product: product.id, currency: 'usd', unit_amount: 700, recurring },
      on,
    );
    const customer = await payer();
    const items = [{ price }, { price: flat.id }];
    const subscription = await stripe.subscriptions.create(
      { customer, items, collection_method: 'send_invoice', days_until_due: 10 },
      on,
    );
    const { id } = await grant(customer, 1500);
    await use(customer, event_name, 1000);
    const end = subscription.items.data[0]?.current_period_end ?? 0;
    await clockTo(end + 2 * hour);
    const { latest_invoice } = await stripe.subscriptions.retrieve(
      subscription.id,
      { expand: ['latest_invoice'] },
      on,
    );
    const invoice = latest_invoice as Stripe.Invoice;
    expect([invoice.subtotal, invoice.total, invoice.status]).toEqual([1700, 700, 'open']);
    const [used] = await transactions(customer);
    expect(invoice.total_pretax_credit_amounts).toMatchObject([
      { amount: 1000, type: 'credit_balance_transaction', credit_balance_transaction: used?.id },
    ]);
    expect(used).toMatchObject({ credit_grant: id, type: 'debit', debit: { type: 'credits_applied' } });
    expect(used?.debit?.credits_applied?.invoice).toBe(invoice.id);
    expect(await balance(customer)).toBe(500);
    await stripe.invoices.voidInvoice(invoice.id ?? '', {}, on);
    expect(await balance(customer)).toBe(1500);
    const [back] = await transactions(customer);
    expect(back?.credit?.type).toBe('credits_application_invoice_voided');
  });

  it('is spent by priority, then by what ends first, then promotional before paid', async () => {
    const { event_name, price } = await meteredPrice();
    const other = await meteredPrice();
    const customer = await payer();
    const subscription = await stripe.subscriptions.create({ customer, items: [{ price }] }, on);
    const soon = (await now()) + 20 * day;
    const foreign = { scope: { prices: [{ id: other.price }] } };
    await grant(customer, 100, { name: 'elsewhere', priority: 0, applicability_config: foreign });
    await grant(customer, 100, { name: 'paid' });
    await grant(customer, 100, { name: 'promotional', category: 'promotional' });
    await grant(customer, 100, { name: 'ends', expires_at: soon });
    await grant(customer, 100, { name: 'first', priority: 1 });
    await grant(customer, 100, { name: 'last', priority: 90 });
    await use(customer, event_name, 450);
    const invoice = await invoiced(subscription.id);
    expect([invoice.subtotal, invoice.total]).toEqual([450, 0]);
    const { data } = await stripe.billing.creditBalanceTransactions.list(
      { customer, limit: 100, expand: ['data.credit_grant'] },
      on,
    );
    const spent = data
      .filter(({ debit }) => debit?.type === 'credits_applied')
      .reverse()
      .map((entry) => [
        (entry.credit_grant as Stripe.Billing.CreditGrant).name,
        entry.debit?.amount.monetary?.value,
      ]);
    expect(spent).toEqual([
      ['first', 100],
      ['ends', 100],
      ['promotional', 100],
      ['paid', 100],
      ['last', 50],
    ]);
  });

  it('never exceeds a grant nor a line, and sums exactly', async () => {
    const prices = [await meteredPrice(), await meteredPrice(3)];
    const cases = fc.record({
      usage: fc.tuple(fc.nat(400), fc.nat(400)),
      grants: fc.array(fc.record({ value: fc.integer({ min: 1, max: 900 }), only: fc.option(fc.nat(1)) }), {
        maxLength: 4,
      }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ usage, grants }) => {
        const customer = await payer();
        const items = prices.map(({ price }) => ({ price }));
        const subscription = await stripe.subscriptions.create({ customer, items }, on);
        for (const { value, only } of grants) {
          const id = prices[only ?? 0]?.price ?? '';
          const scope = only === null ? ({ price_type: 'metered' } as const) : { prices: [{ id }] };
          await grant(customer, value, { applicability_config: { scope } });
        }
        for (const [index, value] of usage.entries())
          if (value > 0) await use(customer, prices[index]?.event_name ?? '', value);
        const invoice = await invoiced(subscription.id);
        const sum = (parts: { amount: number }[] | null = []) =>
          (parts ?? []).reduce((total, { amount }) => total + amount, 0);
        for (const line of invoice.lines.data)
          expect(sum(line.pretax_credit_amounts)).toBeLessThanOrEqual(line.amount);
        const credits = sum(invoice.total_pretax_credit_amounts);
        expect(sum(invoice.lines.data.flatMap((line) => line.pretax_credit_amounts ?? []))).toBe(credits);
        expect(invoice.total).toBe(invoice.subtotal - credits);
        const by = new Map<string, number>();
        for (const { credit_grant, debit } of await transactions(customer))
          if (debit)
            by.set(
              String(credit_grant),
              (by.get(String(credit_grant)) ?? 0) + (debit.amount.monetary?.value ?? 0),
            );
        const { data } = await stripe.billing.creditGrants.list({ customer, limit: 100 }, on);
        for (const { id, amount } of data)
          expect(by.get(id) ?? 0).toBeLessThanOrEqual(amount.monetary?.value ?? 0);
        expect([...by.values()].reduce((total, value) => total + value, 0)).toBe(credits);
      }),
      { numRuns: 10 },
    );
  });
});
