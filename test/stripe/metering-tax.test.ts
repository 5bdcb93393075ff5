import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { clockTo, connect, now, stripe } = await emulator();
const account = await connect();
const { on, product } = await shop(stripe, account);

async function refused(call: Promise<unknown>) {
  return call.then(
    () => undefined,
    (error: Stripe.errors.StripeError) => error.code ?? error.param ?? error.message,
  );
}

async function buyer(address: Stripe.AddressParam, params: Stripe.CustomerCreateParams = {}) {
  return (await stripe.customers.create({ address, ...params }, on)).id;
}

async function priceOf(
  unit_amount: number,
  tax_behavior: 'exclusive' | 'inclusive' = 'exclusive',
  of = product.id,
) {
  const recurring = { interval: 'month' } as const;
  const price = await stripe.prices.create(
    { product: of, currency: 'eur', unit_amount, tax_behavior, recurring },
    on,
  );
  return price.id;
}

async function preview(customer: string, price: string, quantity = 1) {
  return stripe.invoices.createPreview(
    { customer, automatic_tax: { enabled: true }, subscription_details: { items: [{ price, quantity }] } },
    on,
  );
}

function register(country: string, options: object) {
  return stripe.tax.registrations.create(
    {
      country,
      active_from: 'now',
      country_options: {
        [country.toLowerCase()]: options,
      } as Stripe.Tax.RegistrationCreateParams.CountryOptions,
    },
    on,
  );
}

// https://docs.stripe.com/tax/settings-api, https://docs.stripe.com/tax/registrations-api
describe('a seller', () => {
  it('cannot collect before there is a head office', async () => {
    const pending = await stripe.tax.settings.retrieve({}, on);
    expect([pending.status, pending.head_office]).toEqual(['pending', null]);
    expect(await refused(preview(await buyer({ country: 'DE' }), await priceOf(1000)))).toBe('automatic_tax');
    expect(await refused(register('DE', { type: 'standard' }))).toMatch(/head office/);
    const active = await stripe.tax.settings.update(
      {
        defaults: { tax_behavior: 'exclusive', tax_code: 'txcd_10103001' },
        head_office: { address: { country: 'DE', city: 'Berlin', line1: 'A 1', postal_code: '10115' } },
      },
      on,
    );
    expect([active.status, active.head_office?.address.country]).toEqual(['active', 'DE']);
    const { data } = await stripe.events.list({ type: 'tax.settings.updated' }, on);
    expect(data).toHaveLength(1);
  });

  it('collects nothing where there is no registration', async () => {
    const invoice = await preview(await buyer({ country: 'DE' }), await priceOf(1000));
    expect([invoice.total, invoice.automatic_tax.status]).toEqual([1000, 'complete']);
    expect(invoice.total_taxes).toMatchObject([{ amount: 0, taxability_reason: 'not_collecting' }]);
  });

  it('registers for a while, and once', async () => {
    const swiss = await register('CH', { type: 'standard' });
    expect(swiss).toMatchObject({ status: 'active', country: 'CH', expires_at: null });
    expect(await refused(register('CH', { type: 'standard' }))).toBe('country');
    const until = (await now()) + 100;
    await stripe.tax.registrations.update(swiss.id, { expires_at: until }, on);
    await clockTo(until + 1);
    expect((await stripe.tax.registrations.retrieve(swiss.id, {}, on)).status).toBe('expired');
    expect((await stripe.tax.registrations.list({ status: 'expired' }, on)).data).toHaveLength(1);
    expect(await refused(register('ID', { type: 'simplified' }))).toMatch(/tax rates of ID/);
  });
});

// https://docs.stripe.com/tax/calculating
describe('automatic tax', () => {
  it('is that of the buyer’s place, for every line', async () => {
    await register('DE', { type: 'oss_union' });
    await register('GB', { type: 'standard' });
    await register('US', { type: 'state_sales_tax', state: 'NY' });
    await register('US', { type: 'state_sales_tax', state: 'CA' });
    await register('CA', { type: 'standard' });
    await register('CA', { type: 'province_standard', province_standard: { province: 'QC' } });
    const price = await priceOf(10_000);
    const taxed = async (address: Stripe.AddressParam) => {
      const { total_taxes } = await preview(await buyer(address), price);
      return total_taxes?.map(({ amount, taxability_reason }) => [amount, taxability_reason]);
    };
    expect(await taxed({ country: 'FR' })).toEqual([[2000, 'standard_rated']]);
    expect(await taxed({ country: 'FI' })).toEqual([[2550, 'standard_rated']]);
    expect(await taxed({ country: 'GB' })).toEqual([[2000, 'standard_rated']]);
    expect(await taxed({ country: 'US', postal_code: '10001' })).toEqual([[400, 'standard_rated']]);
    // Software as a service is not taxed in California.
    expect(await taxed({ country: 'US', state: 'CA' })).toEqual([[0, 'product_exempt']]);
    expect(await taxed({ country: 'US', state: 'TX' })).toEqual([[0, 'not_collecting']]);
    expect(await taxed({ country: 'CA', state: 'ON' })).toEqual([[1300, 'standard_rated']]);
    expect(await taxed({ country: 'CA', state: 'QC' })).toEqual([
      [500, 'standard_rated'],
      [998, 'standard_rated'],
    ]);
  });

  it('is not collected from exempt buyers, and accounted for by businesses abroad', async () => {
    const price = await priceOf(1000);
    const reason = async (params: Stripe.CustomerCreateParams, country = 'FR') =>
      (await preview(await buyer({ country }, params), price)).total_taxes?.[0]?.taxability_reason;
    expect(await reason({ tax_exempt: 'exempt' })).toBe('customer_exempt');
    expect(await reason({ tax_exempt: 'reverse' })).toBe('reverse_charge');
    expect(await reason({ tax_id_data: [{ type: 'eu_vat', value: 'FR12345678901' }] })).toBe(
      'reverse_charge',
    );
    // At home a business pays like everyone.
    expect(await reason({ tax_id_data: [{ type: 'eu_vat', value: 'DE123456789' }] }, 'DE')).toBe(
      'not_collecting',
    );
    const { id } = await stripe.products.create({ name: 'Gift', tax_code: 'txcd_00000000' }, on);
    const free = await preview(await buyer({ country: 'FR' }), await priceOf(1000, 'exclusive', id));
    expect(free.total_taxes?.[0]?.taxability_reason).toBe('product_exempt');
  });

  it('sums exactly: each line by itself, within the price or on top of it', async () => {
    const cases = fc.record({
      amounts: fc.array(fc.record({ amount: fc.integer({ min: 1, max: 99_999 }), inside: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
      place: fc.constantFrom(
        { country: 'FR' },
        { country: 'FI' },
        { country: 'CA', state: 'QC' },
        { country: 'GB' },
      ),
      off: fc.integer({ min: 0, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ amounts, place, off }) => {
        const customer = await buyer(place);
        const items = [];
        for (const { amount, inside } of amounts)
          items.push({ price: await priceOf(amount, inside ? 'inclusive' : 'exclusive') });
        const coupon =
          off > 0 ? await stripe.coupons.create({ percent_off: off, duration: 'once' }, on) : undefined;
        const invoice = await stripe.invoices.createPreview(
          {
            customer,
            automatic_tax: { enabled: true },
            subscription_details: { items },
            ...(coupon && { discounts: [{ coupon: coupon.id }] }),
          },
          on,
        );
        const sum = (parts: { amount: number }[] = []) =>
          parts.reduce((total, { amount }) => total + amount, 0);
        const lines = invoice.lines.data;
        expect(sum(invoice.total_taxes ?? [])).toBe(sum(lines.flatMap(({ taxes }) => taxes ?? [])));
        let added = 0;
        for (const line of lines) {
          const left = line.amount - sum(line.discount_amounts ?? []);
          const [first] = line.taxes ?? [];
          const tax = sum(line.taxes ?? []);
          if (first?.tax_behavior === 'inclusive') expect((first.taxable_amount ?? 0) + tax).toBe(left);
          else {
            expect(first?.taxable_amount).toBe(left);
            added += tax;
          }
        }
        const off2 = sum(invoice.total_discount_amounts ?? []);
        expect(invoice.total).toBe(sum(lines) - off2 + added);
        expect(invoice.total_excluding_tax).toBe(invoice.total - sum(invoice.total_taxes ?? []));
      }),
      { numRuns: 20 },
    );
  });
});

// https://docs.stripe.com/tax/customer-locations
describe('a buyer without a recognised place', () => {
  it('is refused when the place is to be validated at once', async () => {
    const call = stripe.customers.create({ tax: { validate_location: 'immediately' } }, on);
    expect(await refused(call)).toBe('customer_tax_location_invalid');
    const { id } = await stripe.customers.create({ address: { country: 'FR' } }, on);
    const { tax } = (await stripe.customers.retrieve(id, { expand: ['tax'] }, on)) as Stripe.Customer;
    expect(tax).toMatchObject({
      automatic_tax: 'supported',
      location: { country: 'FR', state: null, source: 'billing_address' },
    });
    const { data } = await stripe.customers.list({ limit: 1 }, on);
    expect(data[0]?.tax).toBeUndefined();
  });

  it('cannot start a subscription with automatic tax; one that lost it goes on untaxed', async () => {
    const price = await priceOf(1000);
    const nowhere = await stripe.customers.create({}, on);
    const given = { items: [{ price }], automatic_tax: { enabled: true } };
    expect(await refused(stripe.subscriptions.create({ customer: nowhere.id, ...given }, on))).toBe(
      'customer_tax_location_invalid',
    );
    const customer = await buyer({ country: 'FR' });
    const { id: method } = await stripe.paymentMethods.attach('pm_card_visa', { customer }, on);
    const subscription = await stripe.subscriptions.create(
      { customer, ...given, default_payment_method: method, expand: ['latest_invoice'] },
      on,
    );
    const first = subscription.latest_invoice as Stripe.Invoice;
    expect([first.total, first.total_excluding_tax, first.amount_paid]).toEqual([1200, 1000, 1200]);
    await stripe.customers.update(customer, { address: '' }, on);
    await clockTo((subscription.items.data[0]?.current_period_end ?? 0) + 2 * 3600);
    const later = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] }, on);
    expect(later.automatic_tax).toMatchObject({
      enabled: false,
      disabled_reason: 'requires_location_inputs',
    });
    expect(later.latest_invoice).toMatchObject({
      total: 1000,
      status: 'paid',
      automatic_tax: { enabled: false, disabled_reason: 'finalization_requires_location_inputs' },
    });
  });

  it('keeps an invoice a draft, which says why (Invoices.d.ts, last_finalization_error)', async () => {
    const { id: customer } = await stripe.customers.create({}, on);
    await stripe.invoiceItems.create({ customer, amount: 500, currency: 'eur' }, on);
    const draft = await stripe.invoices.create(
      { customer, automatic_tax: { enabled: true }, pending_invoice_items_behavior: 'include' },
      on,
    );
    expect(draft.automatic_tax.status).toBe('requires_location_inputs');
    const call = stripe.invoices.finalizeInvoice(draft.id ?? '', {}, on);
    expect(await refused(call)).toBe('customer_tax_location_invalid');
    const after = await stripe.invoices.retrieve(draft.id ?? '', {}, on);
    expect([after.status, after.last_finalization_error?.code]).toEqual([
      'draft',
      'customer_tax_location_invalid',
    ]);
    const { data } = await stripe.events.list({ type: 'invoice.finalization_failed' }, on);
    expect(data).toHaveLength(1);
  });
});

// https://docs.stripe.com/billing/customer/tax-ids
describe('a tax id', () => {
  it('is checked in form at once, and by its authority later', async () => {
    const customer = await buyer({ country: 'DE' });
    const add = (type: 'eu_vat' | 'us_ein', value: string) =>
      stripe.customers.createTaxId(customer, { type, value }, on);
    expect(await refused(add('eu_vat', 'nonsense'))).toBe('tax_id_invalid');
    expect(await refused(add('eu_vat', 'DE12'))).toBe('tax_id_invalid');
    const [good, bad, waiting] = await Promise.all(
      ['DE000000000', 'DE111111111', 'DE222222222'].map((value) => add('eu_vat', value)),
    );
    expect(good?.verification?.status).toBe('pending');
    expect((await add('us_ein', '12-3456789')).verification).toBeNull();
    await clockTo((await now()) + 60);
    const { data } = await stripe.customers.listTaxIds(customer, {}, on);
    const status = (id?: string) => data.find((entry) => entry.id === id)?.verification?.status;
    expect([status(good?.id), status(bad?.id), status(waiting?.id)]).toEqual([
      'verified',
      'unverified',
      'pending',
    ]);
    await stripe.customers.deleteTaxId(customer, bad?.id ?? '', {}, on);
    expect((await stripe.customers.listTaxIds(customer, {}, on)).data).toHaveLength(3);
    const events = await stripe.events.list({ type: 'customer.tax_id.*', limit: 20 }, on);
    const types = events.data.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['customer.tax_id.updated', 'customer.tax_id.deleted']));
  });
});

// https://docs.stripe.com/billing/taxes/tax-rates
describe('tax rates chosen by hand', () => {
  it('apply to a subscription’s invoices, on top or within', async () => {
    const rate = (display_name: string, percentage: number, inclusive: boolean) =>
      stripe.taxRates.create({ display_name, percentage, inclusive }, on);
    const [over, within] = await Promise.all([rate('Sales', 7.5, false), rate('VAT', 20, true)]);
    const customer = await buyer({ country: 'US', state: 'TX' });
    const { id: method } = await stripe.paymentMethods.attach('pm_card_visa', { customer }, on);
    const price = await priceOf(1200);
    const subscription = await stripe.subscriptions.create(
      {
        customer,
        items: [{ price }],
        default_payment_method: method,
        default_tax_rates: [over.id, within.id],
        expand: ['latest_invoice'],
      },
      on,
    );
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect(invoice.total_taxes?.map(({ amount, tax_behavior }) => [amount, tax_behavior])).toEqual([
      [75, 'exclusive'],
      [200, 'inclusive'],
    ]);
    expect([invoice.total, invoice.total_excluding_tax]).toEqual([1275, 1000]);
    expect((await stripe.taxRates.list({}, on)).data).toHaveLength(2);
    await stripe.taxRates.update(over.id, { active: false }, on);
    const again = stripe.subscriptions.create(
      { customer, items: [{ price }], default_tax_rates: [over.id] },
      on,
    );
    expect(await refused(again)).toBe('default_tax_rates[0]');
  });

  it('are known by their codes (https://docs.stripe.com/tax/tax-codes)', async () => {
    expect((await stripe.taxCodes.retrieve('txcd_10103001', {}, on)).name).toMatch(/SaaS/);
    expect((await stripe.taxCodes.list({ limit: 3 }, on)).has_more).toBe(true);
  });
});

// https://docs.stripe.com/api/tax/calculations
describe('a calculation', () => {
  it('says what a buyer of some place would pay', async () => {
    const calculation = await stripe.tax.calculations.create(
      {
        currency: 'eur',
        line_items: [
          { amount: 1000, reference: 'a' },
          { amount: 1200, reference: 'b', tax_behavior: 'inclusive' },
        ],
        customer_details: { address: { country: 'FR' }, address_source: 'billing' },
        expand: ['line_items'],
      },
      on,
    );
    expect(calculation).toMatchObject({
      amount_total: 2400,
      tax_amount_exclusive: 200,
      tax_amount_inclusive: 200,
    });
    expect(calculation.line_items?.data.map(({ amount_tax }) => amount_tax)).toEqual([200, 200]);
    expect(calculation.tax_breakdown[0]).toMatchObject({
      taxability_reason: 'standard_rated',
      inclusive: false,
    });
    const nowhere = stripe.tax.calculations.create(
      { currency: 'eur', line_items: [{ amount: 1 }], customer_details: { address: { country: 'US' } } },
      on,
    );
    expect(await refused(nowhere)).toBe('customer_tax_location_invalid');
  });
});
