import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { subscribedTypes } from '../../shared/contract/events.ts';
import type { StripeSecret } from '../../shared/stripe/secrets.ts';
import { intakeOf } from '../support/intake.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** R2.4: the deployment makes its webhook endpoints itself, rotates them with no gap, and touches no others. */
let stack: Stack;
let shop: Shop;
let secrets: SecretsManagerClient;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  const credentials = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' };
  secrets = new SecretsManagerClient({ endpoint: stack.aws, region: 'us-east-1', credentials });
});
afterAll(() => stack?.stop());

/** The command, as `npm run deploy` runs it after a deployment: with no keys in the environment. */
function command(...args: string[]) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: stack.aws,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'LOCALOPERATOR',
    AWS_SECRET_ACCESS_KEY: 'x',
    STRIPE_API_BASE: stack.stripe,
    LOCAL_API_URL: stack.api,
  };
  const outputs = ['--outputs', join(stack.dataDir, 'endpoints.json')];
  const flags = ['--disable-warning=ExperimentalWarning', 'bin/setup-stripe.ts', ...outputs, ...args];
  return promisify(execFile)(process.execPath, flags, { env });
}
const SecretId = () => stack.outputs.StripeSecretTest;
async function stored(): Promise<StripeSecret> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: SecretId() }));
  return JSON.parse(SecretString ?? '{}');
}
async function endpoints(): Promise<string[]> {
  const hooks = (await shop.stripe.webhookEndpoints.list()).data;
  const destinations = (await shop.stripe.v2.core.eventDestinations.list()).data;
  return [...hooks, ...destinations].map(({ id }) => id).sort();
}
async function buys(): Promise<void> {
  const person = await shop.person();
  await shop.confirm((await person.create()).body.clientSecret);
  await shop.control.settle();
  expect((await person.access()).access).toBe('full');
}

test('run again, it keeps what there is, mends what was changed, and touches nothing of others', async () => {
  const other = await shop.stripe.webhookEndpoints.create({
    url: 'https://example.com/hook',
    enabled_events: ['charge.failed'],
  });
  const [before, secret] = [await endpoints(), await stored()];
  const ours = (await shop.stripe.webhookEndpoints.list()).data.find(({ id }) => id !== other.id);
  await shop.stripe.webhookEndpoints.update(ours?.id ?? '', {
    enabled_events: ['charge.failed'],
    disabled: true,
  });
  expect((await command()).stdout).toMatch(/test: kept .*; events go to/);
  expect(await endpoints()).toEqual(before);
  expect(await stored()).toEqual(secret);
  const mended = await shop.stripe.webhookEndpoints.retrieve(ours?.id ?? '');
  expect(mended).toMatchObject({ status: 'enabled', enabled_events: subscribedTypes() });
  expect(await shop.stripe.webhookEndpoints.retrieve(other.id)).toMatchObject({
    enabled_events: ['charge.failed'],
  });
  await buys();
});

test('rotating loses no event, and what the old secret signed is still taken', async () => {
  const before = await stored();
  const oldEndpoints = await endpoints();
  const people = await Promise.all(Array.from({ length: 6 }, () => shop.person()));
  const buying = Promise.all(
    people.map(async (person) => shop.confirm((await person.create()).body.clientSecret)),
  );
  await command('--rotate', '--pause', '11');
  await buying;
  await shop.control.settle();
  for (const person of people) expect((await person.access()).access).toBe('full');
  const after = await stored();
  expect(after.webhookSecrets.connect[0]).not.toBe(before.webhookSecrets.connect[0]);
  expect(after.webhookSecrets.connect).toEqual(expect.arrayContaining(before.webhookSecrets.connect));
  expect((await endpoints()).filter((id) => oldEndpoints.includes(id))).toHaveLength(1);
  const intake = await intakeOf(stack);
  const late = { id: 'evt_late', type: 'invoice.paid', created: 1, livemode: false, data: { object: {} } };
  const body = JSON.stringify(late);
  const signature = intake.sign(body, before.webhookSecrets.connect.at(-1));
  const reply = await call('POST', `${stack.api}/webhooks/stripe/connect`, {
    body,
    headers: { 'stripe-signature': signature },
  });
  expect(reply.status).toBe(200);
  await buys();
});

test('endpoints whose secrets were lost are made anew', async () => {
  const { endpointSecrets: _, ...lost } = await stored();
  await secrets.send(new PutSecretValueCommand({ SecretId: SecretId(), SecretString: JSON.stringify(lost) }));
  expect((await command('--pause', '11')).stdout).toMatch(/test: made .*; removed/);
  await buys();
});

test("use that Stripe's meters refuse is noticed", async () => {
  const at = { stripeAccount: shop.account };
  const meter = await shop.stripe.billing.meters.create(
    { display_name: 'Use', event_name: 'use', default_aggregation: { formula: 'sum' } },
    at,
  );
  const report = (customer: string, identifier: string) =>
    shop.stripe.billing.meterEvents.create(
      { event_name: 'use', payload: { stripe_customer_id: customer, value: '1' }, identifier },
      at,
    );
  const real = await shop.stripe.customers.create({ name: 'Ada' }, at);
  await report(real.id, 'good');
  await shop.stripe.customers.del(real.id, {}, at);
  await report(real.id, 'bad').catch(() => undefined);
  await shop.control.advance('PT3H');
  await shop.control.settle();
  const metrics = await call<{ calls: { function: string; calls: number }[] }>(
    'GET',
    `${stack.control}/metrics`,
  );
  expect(meter.status).toBe('active');
  expect(metrics.body.calls.filter((one) => one.function.includes('NoteMeterErrors')).length).toBeGreaterThan(
    0,
  );
});

test('without a secret every webhook fails, so that Stripe sends it again when there is one', async () => {
  const empty = JSON.stringify({ ...(await stored()), webhookSecrets: { connect: ['', ''], platform: [] } });
  const both = [stack.outputs.StripeSecretTest, stack.outputs.StripeSecretLive];
  const full = await Promise.all(
    both.map(async (SecretId) => (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString),
  );
  const put = (SecretId: string | undefined, SecretString: string | undefined) =>
    secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
  for (const SecretId of both) await put(SecretId, empty);
  await shop.control.advance('PT10M');
  const intake = await intakeOf(stack);
  const headers = { 'stripe-signature': intake.sign('{}', 'x') };
  const reply = await call('POST', `${stack.api}/webhooks/stripe/connect`, { body: '{}', headers });
  expect(reply.status).toBeGreaterThanOrEqual(500);
  for (const [index, SecretId] of both.entries()) await put(SecretId, full[index]);
  await shop.control.advance('PT10M');
  await buys();
});

test('before the stack goes, its own endpoints go, and no others', async () => {
  const all = await endpoints();
  expect((await command('--remove')).stdout).toMatch(/test: removed we_\w+, ed_\w+\./);
  const left = await endpoints();
  expect(left).toHaveLength(all.length - 2);
  expect((await command('--remove')).stdout).toContain('nothing');
  await expect(command('--remove', '--rotate')).rejects.toMatchObject({
    stderr: expect.stringContaining('exclude each other'),
  });
});
