import fc from 'fast-check';
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { emulator, shop } from './start.ts';

// https://docs.stripe.com/search
const { stripe, connect } = await emulator();
let on: { stripeAccount: string };
const ids: Record<string, string> = {};

beforeAll(async () => {
  on = { stripeAccount: await connect() };
  const made = await shop(stripe, on.stripeAccount, { method: 'pm_card_visa' });
  const amy = await stripe.customers.create(
    { email: 'Amy@rocketrides.io', name: 'Amy "A" Doe', metadata: { tier: 'gold' } },
    on,
  );
  const subscription = await stripe.subscriptions.create(
    { customer: made.customer.id, items: [{ price: made.price.id }], metadata: { order_id: '6735' } },
    on,
  );
  const intent = await stripe.paymentIntents.create(
    {
      amount: 4200,
      currency: 'eur',
      customer: made.customer.id,
      payment_method: 'pm_card_visa',
      confirm: true,
      off_session: true,
      metadata: { key: 'value' },
    },
    on,
  );
  const charge = String(intent.latest_charge);
  await stripe.refunds.create({ charge, amount: 100 }, on);
  Object.assign(ids, {
    amy: amy.id,
    customer: made.customer.id,
    product: made.product.id,
    price: made.price.id,
    subscription: subscription.id,
    invoice: String(subscription.latest_invoice),
    intent: intent.id,
    charge,
  });
});

type Searches =
  | 'charges'
  | 'customers'
  | 'invoices'
  | 'paymentIntents'
  | 'prices'
  | 'products'
  | 'subscriptions';

async function found(resource: Searches, query: string) {
  const { data } = await stripe[resource].search({ query }, on);
  return data.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id));
}

test.each<[Searches, string, string[]]>([
  ['customers', 'email:"amy@ROCKETRIDES.io"', ['amy']],
  ['customers', 'email~"rocket"', ['amy']],
  ['customers', 'name:\'Amy \\"A\\" Doe\'', ['amy']],
  ['customers', 'name:null', ['customer']],
  ['customers', '-name:null', ['amy']],
  ['customers', 'metadata["tier"]:"gold" email~"amy"', ['amy']],
  ['customers', '-metadata["tier"]:null', ['amy']],
  ['customers', "email:\"a@example.com\" OR metadata['tier']:'gold'", ['amy', 'customer']],
  ['subscriptions', "status:'active' AND metadata['order_id']:'6735'", ['subscription']],
  ['subscriptions', "status:'canceled'", []],
  ['subscriptions', 'canceled_at>0', []],
  ['invoices', 'total>1999 AND currency:"usd"', ['invoice']],
  ['invoices', 'total>=2000 total<2001 status:"paid"', ['invoice']],
  ['invoices', 'total>2000', []],
  ['prices', 'active:"true" AND type:"recurring"', ['price']],
  ['products', 'name~"cces" and active:\'true\'', ['product']],
  ['products', 'url:null', ['product']],
  ['charges', 'payment_method_details.card.last4:4242 AND -currency:"usd"', ['charge']],
  ['charges', 'refunded:"false"', ['charge']],
  ['charges', 'refunded:"true"', []],
  ['charges', 'metadata["key"]:"value" AND amount=4200', ['charge']],
  ['paymentIntents', 'amount:4200 AND status:"succeeded"', ['intent']],
])('%s %s', async (resource, query, expected) => {
  expect(await found(resource, query)).toEqual(expected);
});

describe('a query is refused', () => {
  const parse = /We were unable to parse your search query/;
  test.each<[string, RegExp]>([
    ['asdf', parse],
    ['email:"a', parse],
    ['email:amy', parse],
    ['email:"a" AND', parse],
    ['email:"a" AND name:"b" OR phone:"c"', parse],
    [Array.from({ length: 11 }, () => 'email:"a"').join(' '), parse],
    ['foo:"bar"', /Field `foo` is an unsupported search field for resource `customers`/],
    ['constructor:"bar"', /Field `constructor` is an unsupported/],
    ['email>"b"', /not supported for the string field/],
    ['created~"123"', /not supported for the numeric field/],
    ['email~"am"', /at least 3 characters/],
  ])('%s', async (query, message) => {
    await expect(stripe.customers.search({ query }, on)).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringMatching(message),
    });
  });
  it('without a query, or with a page that is none', async () => {
    await expect(stripe.customers.search({} as Stripe.CustomerSearchParams, on)).rejects.toMatchObject({
      code: 'parameter_missing',
      param: 'query',
    });
    await expect(stripe.customers.search({ query: 'name:null', page: '!' }, on)).rejects.toMatchObject({
      param: 'page',
    });
  });
});

it('is read page by page, newest first, counted when asked, and walked by the SDK', async () => {
  const here = { stripeAccount: await connect() };
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1)
    made.unshift((await stripe.customers.create({ name: 'Page' }, here)).id);
  const query = 'name:"page"';
  const first = await stripe.customers.search({ query, limit: 2, expand: ['total_count'] }, here);
  expect(first).toMatchObject({ object: 'search_result', has_more: true, total_count: 5 });
  expect(first.url).toBe('/v1/customers/search');
  const second = await stripe.customers.search({ query, limit: 2, page: first.next_page ?? '' }, here);
  expect(second.data.map(({ id }) => id)).toEqual(made.slice(2, 4));
  expect(second).not.toHaveProperty('total_count');
  const all = await stripe.customers.search({ query, limit: 2 }, here).autoPagingToArray({ limit: 10 });
  expect(all.map(({ id }) => id)).toEqual(made);
  const last = await stripe.customers.search({ query, limit: 100 }, here);
  expect(last).toMatchObject({ has_more: false, next_page: null });
});

it('finds what a plain filter over the list finds', async () => {
  const here = { stripeAccount: await connect() };
  const tiers = ['gold', 'silver', undefined];
  for (const name of ['Ann', 'Bob', undefined])
    for (const tier of tiers)
      await stripe.customers.create({ ...(name && { name }), ...(tier && { metadata: { tier } }) }, here);
  const all = (await stripe.customers.list({ limit: 100 }, here)).data;
  const clause = fc.record({
    negated: fc.boolean(),
    field: fc.constantFrom('name', 'metadata["tier"]'),
    value: fc.constantFrom('Ann', 'bob', 'gold', 'SILVER', null),
  });
  const query = fc.record({
    clauses: fc.array(clause, { minLength: 1, maxLength: 4 }),
    joint: fc.constantFrom(' ', ' AND ', ' or '),
  });
  await fc.assert(
    fc.asyncProperty(query, async ({ clauses, joint }) => {
      const text = clauses.map(
        ({ negated, field, value }) =>
          `${negated ? '-' : ''}${field}:${value === null ? 'null' : `"${value}"`}`,
      );
      const fits = (customer: Stripe.Customer) => {
        const each = clauses.map(({ negated, field, value }) => {
          const actual = field === 'name' ? customer.name : customer.metadata.tier;
          return ((actual?.toLowerCase() ?? null) === (value?.toLowerCase() ?? null)) !== negated;
        });
        return joint === ' or ' ? each.some(Boolean) : each.every(Boolean);
      };
      const { data } = await stripe.customers.search({ query: text.join(joint), limit: 100 }, here);
      expect(data.map(({ id }) => id)).toEqual(all.filter(fits).map(({ id }) => id));
    }),
    { numRuns: 60, seed: 11 },
  );
});
