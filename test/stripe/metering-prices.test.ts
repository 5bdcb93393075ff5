import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { connect, stripe } = await emulator();
const account = await connect();
const sold = await shop(stripe, account, { method: 'pm_card_visa' });
const { customer, on, product } = sold;
const monthly = { interval: 'month' } as const;
const base = { product: product.id, currency: 'usd' };
const whole = ['data.tiers', 'data.currency_options'];

function create(params: Partial<Stripe.PriceCreateParams>, expand = ['tiers', 'currency_options']) {
  return stripe.prices.create({ ...base, ...params, expand }, on);
}

function refused(params: Partial<Stripe.PriceCreateParams>) {
  return create(params).then(
    () => undefined,
    (error: Stripe.errors.StripeError) => error.param,
  );
}

/** What a subscription to these comes to, as Stripe would invoice it. */
async function invoiced(items: { price: string; quantity: number }[], currency?: string) {
  const to = await stripe.customers.create({}, on);
  const invoice = await stripe.invoices.createPreview(
    { customer: to.id, subscription_details: { items }, ...(currency && { currency }) },
    on,
  );
  return invoice;
}

// https://docs.stripe.com/api/prices/object, Prices.d.ts
describe('a price', () => {
  it('keeps decimals of up to 12 places exactly', async () => {
    const price = await create({ unit_amount_decimal: Stripe.Decimal.from('0.000000000001') });
    expect([price.unit_amount, String(price.unit_amount_decimal)]).toEqual([null, '0.000000000001']);
    const even = await create({ unit_amount_decimal: Stripe.Decimal.from('150.000') });
    expect([even.unit_amount, String(even.unit_amount_decimal)]).toEqual([150, '150']);
    expect(await refused({ unit_amount_decimal: Stripe.Decimal.from('0.0000000000001') })).toBe(
      'unit_amount_decimal',
    );
    expect(await refused({ unit_amount: 1, unit_amount_decimal: Stripe.Decimal.from('1') })).toBe(
      'unit_amount',
    );
  });

  it('shows tiers and currency options only when they are expanded', async () => {
    const given = {
      recurring: monthly,
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 10, unit_amount: 100 },
        { up_to: 'inf', unit_amount: 50, flat_amount: 7 },
      ],
      currency_options: {
        eur: { tax_behavior: 'inclusive', tiers: [{ up_to: 'inf', unit_amount: 90 }] },
      },
    } as const satisfies Partial<Stripe.PriceCreateParams>;
    const params = structuredClone(given) as unknown as Partial<Stripe.PriceCreateParams>;
    const price = await create(params);
    expect(price.tiers).toMatchObject([
      { up_to: 10, unit_amount: 100, flat_amount: null },
      { up_to: null, unit_amount: 50, flat_amount: 7 },
    ]);
    expect(price).toMatchObject({ unit_amount: null, billing_scheme: 'tiered', tiers_mode: 'graduated' });
    expect(Object.keys(price.currency_options ?? {})).toEqual(['usd', 'eur']);
    expect(price.currency_options?.eur).toMatchObject({ tax_behavior: 'inclusive', unit_amount: null });
    const plain = await stripe.prices.retrieve(price.id, {}, on);
    expect([plain.tiers, plain.currency_options]).toEqual([undefined, undefined]);
    const { data } = await stripe.prices.list({ product: product.id, limit: 1, expand: whole }, on);
    expect(data[0]?.tiers).toHaveLength(2);
  });

  it('refuses what does not fit together (Prices.d.ts)', async () => {
    const tiered = { recurring: monthly, billing_scheme: 'tiered', tiers_mode: 'volume' } as const;
    expect(await refused({ ...tiered })).toBe('tiers');
    expect(await refused({ ...tiered, tiers: [{ up_to: 5, unit_amount: 1 }] })).toBe('tiers[0][up_to]');
    expect(
      await refused({
        ...tiered,
        tiers: [
          { up_to: 5, unit_amount: 1 },
          { up_to: 5, unit_amount: 1 },
          { up_to: 'inf', unit_amount: 1 },
        ],
      }),
    ).toBe('tiers[1][up_to]');
    expect(
      await refused({
        ...tiered,
        tiers: [{ up_to: 'inf', unit_amount: 1 }],
        transform_quantity: { divide_by: 2, round: 'up' },
      }),
    ).toBe('transform_quantity');
    expect(await refused({ unit_amount: 1, recurring: { interval: 'month', interval_count: 37 } })).toBe(
      'recurring[interval_count]',
    );
    expect(await refused({ unit_amount: 1, recurring: { interval: 'month', usage_type: 'metered' } })).toBe(
      'recurring[meter]',
    );
    expect(await refused({ recurring: monthly })).toBe('unit_amount');
    expect(await refused({ unit_amount: 1, currency: 'xyz' })).toBe('currency');
    expect(await refused({ unit_amount: 1, currency_options: { usd: { unit_amount: 1 } } })).toBe(
      'currency_options[usd]',
    );
  });

  it('may let the customer choose the amount, once', async () => {
    const price = await create({ custom_unit_amount: { enabled: true, minimum: 100, preset: 500 } });
    expect(price.custom_unit_amount).toEqual({ minimum: 100, maximum: null, preset: 500 });
    expect(await refused({ custom_unit_amount: { enabled: true }, recurring: monthly })).toBe(
      'custom_unit_amount',
    );
  });

  it('hands its lookup key over, and freezes its tax behaviour', async () => {
    const first = await create({ unit_amount: 1, lookup_key: 'standard' });
    expect(await refused({ unit_amount: 2, lookup_key: 'standard' })).toBe('lookup_key');
    const second = await create({ unit_amount: 2, lookup_key: 'standard', transfer_lookup_key: true });
    const { data } = await stripe.prices.list({ lookup_keys: ['standard'] }, on);
    expect(data.map(({ id }) => id)).toEqual([second.id]);
    expect((await stripe.prices.retrieve(first.id, {}, on)).lookup_key).toBeNull();
    await stripe.prices.update(second.id, { tax_behavior: 'inclusive' }, on);
    await expect(stripe.prices.update(second.id, { tax_behavior: 'exclusive' }, on)).rejects.toMatchObject({
      param: 'tax_behavior',
    });
    const changed = await stripe.prices.update(
      second.id,
      { currency_options: { gbp: { unit_amount: 3 } }, nickname: 'n', expand: ['currency_options'] },
      on,
    );
    expect(changed.currency_options?.gbp).toMatchObject({ unit_amount: 3 });
    const events = await stripe.events.list({ types: ['price.created', 'price.updated'], limit: 5 }, on);
    expect(events.data[0]?.type).toBe('price.updated');
  });
});

// https://docs.stripe.com/api/products
describe('a product', () => {
  it('comes with a default price, which can only be archived once it is not the default', async () => {
    const made = await stripe.products.create(
      {
        name: 'Tea',
        images: ['https://example.com/a.png'],
        marketing_features: [{ name: 'Green' }],
        default_price_data: { currency: 'eur', unit_amount: 500, recurring: { interval: 'year' } },
        expand: ['default_price'],
      },
      on,
    );
    const price = made.default_price as Stripe.Price;
    expect(price).toMatchObject({ unit_amount: 500, currency: 'eur', product: made.id, type: 'recurring' });
    expect(made.marketing_features).toEqual([{ name: 'Green' }]);
    await expect(stripe.prices.update(price.id, { active: false }, on)).rejects.toMatchObject({
      param: 'active',
    });
    await expect(stripe.products.update(product.id, { default_price: price.id }, on)).rejects.toMatchObject({
      param: 'default_price',
    });
    await expect(stripe.products.del(made.id, on)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
    });
    const other = await stripe.prices.create({ product: made.id, currency: 'eur', unit_amount: 1 }, on);
    await stripe.products.update(made.id, { default_price: other.id }, on);
    expect((await stripe.prices.update(price.id, { active: false }, on)).active).toBe(false);
  });

  it('keeps to the limits of Products.d.ts', async () => {
    const fails = (params: Partial<Stripe.ProductCreateParams>) =>
      expect(stripe.products.create({ name: 'x', ...params }, on)).rejects.toMatchObject({ statusCode: 400 });
    await fails({ images: Array.from({ length: 9 }, () => 'https://example.com/a.png') });
    await fails({ statement_descriptor: 'a'.repeat(23) });
    await fails({ statement_descriptor: '<tea>' });
    await fails({ marketing_features: [{ name: 'a'.repeat(81) }] });
  });
});

interface Tier {
  up_to: number | 'inf';
  unit: string;
  flat: number | null;
}

/** One unit at a time, in whole millionths of a cent: slow, and nothing like the emulator's way. */
function slowly(tiers: Tier[], mode: string, quantity: number) {
  const micros = (text: string) => {
    const [whole = '0', rest = ''] = text.split('.');
    return Number(whole) * 1_000_000 + Number(rest.padEnd(6, '0'));
  };
  const tierOf = (unit: number) => tiers.findIndex(({ up_to }) => up_to === 'inf' || unit <= up_to);
  const used = new Map<number, number>();
  for (let unit = 1; unit <= quantity; unit += 1) {
    const at = tierOf(mode === 'volume' ? quantity : unit);
    used.set(at, (used.get(at) ?? 0) + 1);
  }
  if (quantity === 0) used.set(0, 0);
  let cents = 0;
  for (const [at, units] of used) {
    const tier = tiers[at];
    if (!tier) continue;
    let sum = 0;
    for (let unit = 0; unit < units; unit += 1) sum += micros(tier.unit);
    cents += Math.floor((sum + 500_000) / 1_000_000) + (tier.flat ?? 0);
  }
  return cents;
}

// https://docs.stripe.com/products-prices/pricing-models
describe('what a quantity costs', () => {
  it('is what the tiers say, for any tiers (against a reckoning unit by unit)', async () => {
    const unit = fc
      .tuple(fc.nat(300), fc.nat(999_999))
      .map(([whole, rest]) => `${whole}.${String(rest).padStart(6, '0')}`);
    const tier = fc.record({ size: fc.integer({ min: 1, max: 9 }), unit, flat: fc.option(fc.nat(500)) });
    const cases = fc.record({
      tiers: fc.array(tier, { minLength: 1, maxLength: 4 }),
      mode: fc.constantFrom('graduated' as const, 'volume' as const),
      quantity: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ tiers: sizes, mode, quantity }) => {
        let end = 0;
        const tiers = sizes.map(({ size, ...rest }, index): Tier => {
          end += size;
          return { ...rest, up_to: index === sizes.length - 1 ? 'inf' : end };
        });
        const price = await create({
          recurring: monthly,
          billing_scheme: 'tiered',
          tiers_mode: mode,
          tiers: tiers.map((entry) => ({
            up_to: entry.up_to,
            unit_amount_decimal: Stripe.Decimal.from(entry.unit),
            ...(entry.flat !== null && { flat_amount: entry.flat }),
          })),
        });
        const invoice = await invoiced([{ price: price.id, quantity }]);
        expect(invoice.subtotal).toBe(slowly(tiers, mode, quantity));
        expect(invoice.lines.data.reduce((sum, { amount }) => sum + amount, 0)).toBe(invoice.subtotal);
      }),
      { numRuns: 25 },
    );
  });

  it('divides a quantity first when it is to be transformed', async () => {
    const pack = (round: 'up' | 'down') =>
      create({ unit_amount: 300, recurring: monthly, transform_quantity: { divide_by: 10, round } });
    const [up, down] = await Promise.all([pack('up'), pack('down')]);
    expect((await invoiced([{ price: up.id, quantity: 21 }])).subtotal).toBe(900);
    expect((await invoiced([{ price: down.id, quantity: 21 }])).subtotal).toBe(600);
  });

  it('is rounded half up, once for the whole quantity', async () => {
    const price = await create({ unit_amount_decimal: Stripe.Decimal.from('0.005'), recurring: monthly });
    const amounts = await Promise.all(
      [99, 100, 299, 300].map(async (quantity) => (await invoiced([{ price: price.id, quantity }])).subtotal),
    );
    expect(amounts).toEqual([0, 1, 1, 2]);
  });
});

// "currency: Three-letter ISO currency code", Subscriptions.d.ts; https://docs.stripe.com/products-prices/pricing-models#multicurrency
describe('a subscription in another currency', () => {
  it('is charged what the price says for that currency', async () => {
    const price = await create({
      unit_amount: 1000,
      recurring: monthly,
      currency_options: { eur: { unit_amount: 900 }, jpy: { unit_amount: 1500 } },
    });
    const subscription = await stripe.subscriptions.create(
      {
        customer: customer.id,
        items: [{ price: price.id, quantity: 2 }],
        currency: 'eur',
        expand: ['latest_invoice'],
      },
      on,
    );
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect([subscription.currency, invoice.currency, invoice.total]).toEqual(['eur', 'eur', 1800]);
    expect(String(invoice.lines.data[0]?.pricing?.unit_amount_decimal)).toBe('900');
    expect(subscription.items.data[0]?.price).toMatchObject({ currency: 'usd', unit_amount: 1000 });
    await expect(
      stripe.subscriptions.create(
        { customer: customer.id, items: [{ price: price.id }], currency: 'gbp' },
        on,
      ),
    ).rejects.toMatchObject({ param: 'items[0][price]' });
  });
});

// https://docs.stripe.com/currencies
describe('amounts to charge', () => {
  const charge = (amount: number, currency: string) =>
    stripe.paymentIntents.create({ amount, currency }, on).then(
      () => 'fine',
      (error: Stripe.errors.StripeError) => error.code ?? error.param ?? '',
    );
  it('have a smallest, a largest and a step for each currency', async () => {
    expect(await charge(49, 'usd')).toBe('amount_too_small');
    expect(await charge(50, 'usd')).toBe('fine');
    expect(await charge(100_000_000, 'usd')).toBe('amount_too_large');
    expect(await charge(999_999_999_900, 'idr')).toBe('fine');
    expect(await charge(5125, 'kwd')).toBe('parameter_invalid_integer');
    expect(await charge(5120, 'kwd')).toBe('fine');
    expect(await charge(550, 'isk')).toBe('parameter_invalid_integer');
    expect(await charge(500, 'ugx')).toBe('fine');
    expect(await charge(500, 'abc')).toBe('currency');
  });
});
