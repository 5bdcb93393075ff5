import { readFileSync } from 'node:fs';
import Stripe from 'stripe';
import { beforeAll, describe, expect, test } from 'vitest';
import { coverage, coverageFile } from '../../scripts/stripe-coverage.ts';
import { asText, generate, generatedFile } from '../../scripts/stripe-parameters.ts';
import { client, emulator, shop } from './start.ts';

let running: Awaited<ReturnType<typeof emulator>>;
beforeAll(async () => {
  running = await emulator();
});

/** A call as the SDK would make it, with whatever parameters. */
async function send(path: string, form: Record<string, string>, method = 'POST') {
  const body = new URLSearchParams(form).toString();
  const response = await fetch(`${running.url}${path}${method === 'GET' ? `?${body}` : ''}`, {
    method,
    headers: {
      authorization: 'Bearer sk_test_platform',
      'content-type': 'application/x-www-form-urlencoded',
    },
    ...(method !== 'GET' && { body }),
  });
  const { error } = (await response.json()) as { error?: Stripe.errors.StripeError & { message: string } };
  return { status: response.status, code: error?.code, param: error?.param, message: error?.message };
}

test('the parameters are those of the installed package (run scripts/stripe-parameters.ts if not)', () => {
  expect(asText(generate())).toBe(readFileSync(generatedFile, 'utf8'));
});

describe('what Stripe’s types refuse is refused (T:Customers, T:Subscriptions, T:PaymentIntents)', () => {
  test.each<[string, Record<string, string>, string | undefined, string, RegExp]>([
    ['/v1/customers', { nam: 'A', nom: 'B' }, 'parameter_unknown', 'nam', /unknown parameters: nam, nom/],
    ['/v1/customers', { 'address[zip]': '1' }, 'parameter_unknown', 'address[zip]', /address\[zip\]/],
    [
      '/v1/payment_intents',
      { currency: 'usd' },
      'parameter_missing',
      'amount',
      /Missing required param: amount/,
    ],
    [
      '/v1/payment_intents',
      { amount: 'ten', currency: 'usd' },
      'parameter_invalid_integer',
      'amount',
      /Invalid integer: ten/,
    ],
    [
      '/v1/payment_intents',
      { amount: '1000', currency: 'usd', confirm: 'yes' },
      undefined,
      'confirm',
      /Invalid boolean: yes/,
    ],
    [
      '/v1/subscriptions',
      { customer: 'cus_1', 'items[0][price]': 'price_1', payment_behavior: 'whenever' },
      undefined,
      'payment_behavior',
      /must be one of allow_incomplete, default_incomplete, error_if_incomplete, or pending_if_incomplete/,
    ],
    ['/v1/customers', { address: 'Berlin' }, undefined, 'address', /Invalid object/],
    ['/v1/customers', { preferred_locales: 'de' }, undefined, 'preferred_locales', /Invalid array/],
    [
      '/v1/payment_intents',
      { amount: '10.5', currency: 'usd' },
      'parameter_invalid_integer',
      'amount',
      /Invalid integer: 10.5/,
    ],
    [
      '/v1/prices',
      { currency: 'usd', product: 'prod_1', unit_amount_decimal: 'a' },
      'parameter_invalid_decimal',
      'unit_amount_decimal',
      /Invalid decimal: a/,
    ],
    [
      '/v1/coupons',
      { percent_off: 'half' },
      'parameter_invalid_decimal',
      'percent_off',
      /Invalid decimal: half/,
    ],
    [
      '/v1/payment_intents',
      { amount: '', currency: 'usd' },
      'parameter_invalid_empty',
      'amount',
      /empty string/,
    ],
  ])('%s %j -> %s', async (path, form, code, param, message) => {
    const answer = await send(path, form);
    expect(answer).toMatchObject({ status: 400, param, message: expect.stringMatching(message) });
    expect(answer.code).toBe(code);
  });

  test('what Stripe knows and the emulator does not is 501 and named, an unknown path is 404', async () => {
    expect(await send('/v1/issuing/cards', { currency: 'usd', type: 'virtual' })).toMatchObject({
      status: 501,
      message: 'The emulator does not have POST /v1/issuing/cards yet',
    });
    expect(
      await send('/v1/payment_intents', {
        amount: '1000',
        currency: 'usd',
        'hooks[inputs][tax][calculation]': 'taxcalc_1',
      }),
    ).toMatchObject({
      status: 501,
      message: expect.stringContaining('the parameter hooks of POST /v1/payment_intents'),
    });
    expect(await send('/v1/nothing', {}, 'GET')).toMatchObject({ status: 404 });
  });
});

/** stripe.md 1: what 2024 had and this version has not. Run-time half; removed-names.ts is the compile-time half. */
describe('removed parameters are refused', () => {
  const item = { customer: 'cus_1', 'items[0][price]': 'price_1' };
  test.each<[string, Record<string, string>, string, string]>([
    [
      '/v1/payment_intents',
      { amount: '1000', currency: 'usd', 'payment_method_types[0]': 'card' },
      'payment_method_types',
      'payment_method_types_no_longer_supported',
    ],
    [
      '/v1/setup_intents',
      { 'payment_method_types[0]': 'card' },
      'payment_method_types',
      'payment_method_types_no_longer_supported',
    ],
    [
      '/v1/checkout/sessions',
      { mode: 'setup', 'payment_method_types[0]': 'card' },
      'payment_method_types',
      'payment_method_types_no_longer_supported',
    ],
    ['/v1/subscriptions', { ...item, coupon: 'A' }, 'coupon', 'parameter_unknown'],
    ['/v1/subscriptions', { ...item, promotion_code: 'promo_1' }, 'promotion_code', 'parameter_unknown'],
    ['/v1/subscriptions/sub_1', { coupon: 'A' }, 'coupon', 'parameter_unknown'],
    ['/v1/customers', { coupon: 'A' }, 'coupon', 'parameter_unknown'],
    ['/v1/customers', { promotion_code: 'promo_1' }, 'promotion_code', 'parameter_unknown'],
    [
      '/v1/payment_intents/pi_1/confirm',
      { 'payment_method_types[0]': 'card' },
      'payment_method_types',
      'payment_method_types_no_longer_supported',
    ],
    ['/v1/customers', { 'payment_method_types[0]': 'card' }, 'payment_method_types', 'parameter_unknown'],
    ['/v1/promotion_codes', { 'promotion[type]': 'coupon', coupon: 'A' }, 'coupon', 'parameter_unknown'],
    [
      '/v1/prices',
      {
        currency: 'usd',
        product: 'prod_1',
        unit_amount: '100',
        'recurring[interval]': 'month',
        'recurring[aggregate_usage]': 'sum',
      },
      'recurring[aggregate_usage]',
      'parameter_unknown',
    ],
  ])('%s %j', async (path, form, param, code) => {
    expect(await send(path, form)).toMatchObject({ status: 400, param, code });
  });
  test.each<[string, Record<string, string>, string]>([
    ['/v1/subscriptions/sub_1', { billing_cycle_anchor: 'now' }, 'billing_cycle_anchor'],
    ['/v1/subscriptions/sub_1/resume', { billing_cycle_anchor: 'unchanged' }, 'billing_cycle_anchor'],
    ['/v1/checkout/sessions', { mode: 'setup', ui_mode: 'embedded' }, 'ui_mode'],
    ['/v1/checkout/sessions', { mode: 'setup', ui_mode: 'hosted' }, 'ui_mode'],
    ['/v1/checkout/sessions', { mode: 'setup', ui_mode: 'custom' }, 'ui_mode'],
    [
      '/v1/prices',
      {
        currency: 'usd',
        product: 'prod_1',
        unit_amount: '100',
        'recurring[interval]': 'month',
        'recurring[usage_type]': 'sometimes',
      },
      'recurring[usage_type]',
    ],
  ])('%s %j: a value that is none any more', async (path, form, param) => {
    expect(await send(path, form)).toMatchObject({ status: 400, param });
  });
  test('endpoints that are gone are unknown paths', async () => {
    expect(await send('/v1/invoices/upcoming/lines', {}, 'GET')).toMatchObject({ status: 404 });
    expect(await send('/v1/subscription_items/si_1/usage_record_summaries', {}, 'GET')).toMatchObject({
      status: 404,
      message: expect.stringContaining('Unrecognized request URL (GET: /v1/'),
    });
    expect(await send('/v1/subscription_items/si_1/usage_records', { quantity: '1' })).toMatchObject({
      status: 404,
    });
  });
});

test('what is answered has none of the names that are gone (stripe.md 1)', async () => {
  const stripe = client(running.port);
  const { on, price, customer } = await shop(stripe, await running.connect(), { method: 'pm_card_visa' });
  const subscription = await stripe.subscriptions.create(
    { customer: customer.id, items: [{ price: price.id }], expand: ['latest_invoice.payments'] },
    on,
  );
  const invoice = subscription.latest_invoice as Stripe.Invoice;
  const [intent] = (await stripe.paymentIntents.list({}, on)).data;
  const [charge] = (await stripe.charges.list({}, on)).data;
  const gone: [object | undefined, string[]][] = [
    [subscription, ['current_period_end', 'current_period_start', 'discount', 'coupon']],
    [
      invoice,
      [
        'payment_intent',
        'charge',
        'paid',
        'subscription',
        'subscription_details',
        'tax',
        'total_tax_amounts',
        'application_fee_amount',
      ],
    ],
    [invoice.lines.data[0], ['price', 'proration', 'subscription_item', 'tax_amounts']],
    [charge, ['invoice']],
    [intent, ['invoice']],
  ];
  for (const [object, names] of gone) {
    expect(object).toBeTypeOf('object');
    for (const name of names) expect(object).not.toHaveProperty(name);
  }
});

test('a value Stripe knows and the emulator does not is 501 and named', async () => {
  const pattern = /does not have that value of the parameter type of POST \/v1\/payment_methods yet/;
  const answer = await send('/v1/payment_methods', { type: 'konbini' });
  expect([answer.status, answer.message]).toEqual([501, expect.stringMatching(pattern)]);
});

test('the SDK is at the version the emulator speaks', () => {
  expect(Stripe.API_VERSION ?? '2026-10-28.endive').toBe('2026-10-28.endive');
  expect(JSON.parse(readFileSync(generatedFile, 'utf8')).apiVersion).toBe('2026-10-28.endive');
});

test('docs/stripe-coverage.md is what there is (run scripts/stripe-coverage.ts if not)', () => {
  expect(coverage()).toBe(readFileSync(coverageFile, 'utf8'));
});
