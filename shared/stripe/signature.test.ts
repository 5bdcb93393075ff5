import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { isSignedByStripe } from './signature.ts';

const stripe = new Stripe('sk_test_unused');
const payload = '{"id":"evt_1"}';
const body = Buffer.from(payload);
const secret = 'whsec_0123456789';
const now = new Date('2026-11-23T00:00:00Z');
const timestamp = now.getTime() / 1000;
const signed = (by = secret, at = timestamp) =>
  stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp: at });
const v1 = (by: string) => signed(by).split('v1=')[1];

test("accepts what Stripe's SDK signs", () => {
  expect(isSignedByStripe(body, signed(), [secret], now)).toBe(true);
});

test('accepts any configured secret and any v1 of the header (P7, P8)', () => {
  expect(isSignedByStripe(body, signed(), ['whsec_old_secret', secret], now)).toBe(true);
  expect(isSignedByStripe(body, `t=${timestamp},v1=${'0'.repeat(64)},v1=${v1(secret)}`, [secret], now)).toBe(
    true,
  );
});

test.each([
  ['no header', undefined],
  ['an empty header', ''],
  ['another secret', signed('whsec_another')],
  ['the old scheme alone', `t=${timestamp},v0=${v1(secret)}`],
  ['a time more than 300 s ago', signed(secret, timestamp - 301)],
  ['a time more than 300 s ahead', signed(secret, timestamp + 301)],
  ['a timestamp that is none', `t=abc,v1=${v1(secret)}`],
])('refuses %s', (_, header) => {
  expect(isSignedByStripe(body, header, [secret], now)).toBe(false);
});

test('refuses other bytes, and never verifies with an empty secret (P10)', () => {
  expect(isSignedByStripe(Buffer.from(`${payload} `), signed(), [secret], now)).toBe(false);
  expect(isSignedByStripe(body, signed(), [''], now)).toBe(false);
  expect(isSignedByStripe(body, signed(), [], now)).toBe(false);
});
