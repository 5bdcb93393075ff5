import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll } from 'vitest';
import { startStripe } from '../../local/stripe/emulator.ts';

export function client(port: number, key = 'sk_test_platform', options: Stripe.StripeConfig = {}) {
  return new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', telemetry: false, ...options });
}

export function scratch() {
  return mkdtempSync(join(tmpdir(), 'stripe-emulator-'));
}

/** Starts an emulator for the tests of one file. */
export async function emulator() {
  const running = await startStripe({ dataDir: scratch() });
  afterAll(() => running.stop());
  const stripe = client(running.port);

  async function control(method: string, path: string, body?: unknown) {
    const response = await fetch(`${running.url}/_/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return response.json() as Promise<Record<string, unknown>>;
  }

  /** Connects an account by OAuth, as the platform does. */
  async function connect(auto = 'new', mode: 'live' | 'test' = 'test') {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: `ca_${mode}_platform`,
      scope: 'read_write',
      redirect_uri: 'http://localhost/back',
      state: 's',
      auto,
    });
    const answer = await fetch(`${running.url}/oauth/authorize?${query}`, { redirect: 'manual' });
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { stripe_user_id } = await client(running.port, `sk_${mode}_platform`).oauth.token({
      grant_type: 'authorization_code',
      code,
    });
    return stripe_user_id ?? '';
  }

  return {
    ...running,
    stripe,
    control,
    connect,
    clockTo: (seconds: number) => control('PUT', 'clock', { now: new Date(seconds * 1000).toISOString() }),
    now: async () => Math.floor(Date.parse(String((await control('GET', 'clock')).now)) / 1000),
  };
}

export interface Received {
  body: string;
  headers: IncomingHttpHeaders;
  event: Stripe.Event;
}

/** A webhook's receiver; `status` says what it answers. */
export async function receiver() {
  const received: Received[] = [];
  const state = { status: 200 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    received.push({ body, headers: request.headers, event: JSON.parse(body) });
    response.writeHead(state.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received, state };
}

/** A customer, a monthly price and what it takes to buy it. */
export async function shop(stripe: Stripe, stripeAccount: string, { amount = 2000, method = '' } = {}) {
  const on = { stripeAccount };
  const product = await stripe.products.create({ name: 'Access' }, on);
  const price = await stripe.prices.create(
    { product: product.id, currency: 'usd', unit_amount: amount, recurring: { interval: 'month' } },
    on,
  );
  const customer = await stripe.customers.create({ email: 'a@example.com' }, on);
  if (method) {
    const { id } = await stripe.paymentMethods.attach(method, { customer: customer.id }, on);
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: id } }, on);
  }
  return { on, product, price, customer };
}
