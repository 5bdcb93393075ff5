import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import type { Problem } from '../../shared/contract/errors.ts';
import type { WidgetConfigInput } from '../../shared/contract/schemas.ts';
import type { Endpoints } from './stack.ts';

export type Reply<T = Record<string, never>> = { status: number; headers: Headers; body: T };

/** Plain HTTP, as any client would: nothing here knows how the product works inside. */
export async function call<T>(
  method: string,
  url: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Reply<T>> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text ? JSON.parse(text) : text,
  };
}

export type Control = ReturnType<typeof controlOf>;

export const controlOf = ({ control }: Pick<Endpoints, 'control'>) => ({
  async token(claims: Record<string, unknown>): Promise<string> {
    // Good for a year and more: tests move the clock.
    const body = { expiresIn: 40_000_000, ...claims };
    return (await call<{ token: string }>('POST', `${control}/tokens`, { body })).body.token;
  },
  /** Waits until nothing is in flight any more; fails if something still is. */
  async settle(): Promise<void> {
    const { body } = await call<{ idle: boolean }>('POST', `${control}/settle`, {
      body: { timeoutSeconds: 30 },
    });
    if (!body.idle)
      throw new Error(
        `Not idle after 30 s: ${JSON.stringify((await this.queues()).filter((one) => one.visible + one.inFlight > 0))}`,
      );
  },
  async advance(by: string): Promise<string> {
    const reply = await call<{ now: string }>('POST', `${control}/clock/advance`, { body: { by } });
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
    return reply.body.now;
  },
  async faults(faults: object[]): Promise<void> {
    const reply = await call('PUT', `${control}/faults`, { body: faults });
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
  },
  async dump(prefix: string): Promise<Record<string, unknown>[]> {
    return (
      await call<Record<string, unknown>[]>('GET', `${control}/dump?prefix=${encodeURIComponent(prefix)}`)
    ).body;
  },
  async queues(): Promise<{ name: string; visible: number; inFlight: number; deadLetter: boolean }[]> {
    return (await call<never>('GET', `${control}/queues`)).body;
  },
  async redriveAll(): Promise<number> {
    let moved = 0;
    for (const queue of await this.queues()) {
      if (!queue.deadLetter || queue.visible === 0) continue;
      moved += (await call<{ moved: number }>('POST', `${control}/queues/${queue.name}/redrive`)).body.moved;
    }
    return moved;
  },
});

export const stripeOf = ({ stripe }: Pick<Endpoints, 'stripe'>, key = 'sk_test_platform'): Stripe => {
  const { hostname, port } = new URL(stripe);
  return new Stripe(key, { host: hostname, port, protocol: 'http', telemetry: false });
};

export const tiers: WidgetConfigInput['pricing']['tiers'] = [
  {
    id: 'basic',
    name: 'Basic',
    price: 1900,
    interval: 'month',
    features: ['Chat', 'E-mail support'],
    credits: 200,
  },
  {
    id: 'professional',
    name: 'Professional',
    price: 9900,
    interval: 'month',
    features: ['Chat', 'Workflows'],
    credits: 1000,
  },
];

export const configuration = (change: Partial<WidgetConfigInput> = {}): WidgetConfigInput => ({
  paymentEnabled: true,
  pricing: { model: 'subscription', tiers },
  metadata: { currency: 'usd' },
  ...change,
});

export type Access = {
  access: string;
  tier?: string;
  features: string[];
  credits: { balance: number; granted: number };
  subscription?: {
    id: string;
    status: string;
    cancelAtPeriodEnd: boolean;
    currentPeriodEnd: string;
    price: number;
  };
};
export type Bought = {
  subscription: { id: string; status: string; trialEnd?: string };
  confirm: string;
  clientSecret: string;
  publishableKey: string;
  stripeAccount: string;
};
export type Shop = Awaited<ReturnType<typeof openShop>>;

/** A new organisation on the Sell plan, connected and priced: steps 1 to 3 of the path, through HTTP only. */
export async function openShop(
  endpoints: Endpoints,
  options: { config?: WidgetConfigInput; connect?: boolean } = {},
) {
  const control = controlOf(endpoints);
  const suffix = randomUUID().slice(0, 8);
  const [orgId, widgetId] = [`org_${suffix}`, `widget_${suffix}`];
  const platform = await control.token({ role: 'platformAdmin', sub: 'operator' });
  const admin = await control.token({ role: 'orgAdmin', sub: `admin_${suffix}`, orgId });
  const org = `${endpoints.api}/api/org/${orgId}/stripe`;
  const widget = `${endpoints.api}/api/widget/${widgetId}/stripe`;

  const plan = (name: string) =>
    call('PUT', `${endpoints.api}/api/platform/orgs/${orgId}`, {
      token: platform,
      body: { name: 'Acme', country: 'US', plan: name },
    });
  const authorize = (returnUrl = 'http://127.0.0.1:9/back', more: object = {}) =>
    call<{ url: string }>('POST', `${org}/connect`, {
      token: admin,
      body: { mode: 'test', returnUrl, ...more },
    });
  /** Follows Stripe's page and our callback to where the admin's browser ends. */
  async function connect(auto = 'new', more: object = {}): Promise<string> {
    const { body } = await authorize(undefined, more);
    const approved = await call('GET', `${body.url}&auto=${auto}`);
    const back = await call('GET', approved.headers.get('location') ?? 'missing');
    return back.headers.get('location') ?? JSON.stringify(back.body);
  }
  const putConfig = (config: unknown = configuration(), token = admin) =>
    call<{ version: number; stripeConnectId: string } & Problem>(
      'PUT',
      `${org}/widgets/${widgetId}/config?mode=test`,
      { token, body: config },
    );

  const fail = (step: string, reply: unknown) => {
    throw new Error(`${step}: ${JSON.stringify(reply)}`);
  };
  const planned = await plan('sell');
  if (planned.status !== 200) fail('plan', planned);
  let account = '';
  if (options.connect !== false) {
    const back = await connect();
    if (!back.includes('status=connected')) fail('connect', back);
    const put = await putConfig(options.config);
    if (put.status !== 200) fail('config', put);
    account = put.body.stripeConnectId;
  }

  /** A person with a token of their own. */
  async function person(sub = `user_${randomUUID().slice(0, 8)}`, claims: Record<string, unknown> = {}) {
    const token = await control.token({
      role: 'user',
      sub,
      orgId,
      widgetId,
      email: `${sub}@example.com`,
      name: 'Ada',
      ...claims,
    });
    const post = <T>(path: string, body: unknown = {}, idempotencyKey?: string) =>
      call<T>('POST', `${widget}/${path}`, {
        token,
        body,
        headers: idempotencyKey ? { 'idempotency-key': idempotencyKey } : {},
      });
    return {
      sub,
      token,
      post,
      get: <T>(path: string) => call<T>('GET', `${widget}/${path}`, { token }),
      access: async () => (await call<Access>('GET', `${widget}/access`, { token })).body,
      create: (tierId = 'basic', more: object = {}, key?: string) =>
        post<Bought & Problem>('subscription/create', { tierId, ...more }, key),
      row: async () =>
        (await control.dump(`test#SUBSCRIBER#${widgetId}#${sub}`)).find((item) => item.SK === 'SUBSCRIBER'),
    };
  }

  const stripe = stripeOf(endpoints);
  /** Stripe as somebody else sees it: the account's owner, another mode. */
  const stripeAs = (key: string) => stripeOf(endpoints, key);
  /** What the browser does with a client secret. */
  const confirm = (clientSecret: string, payment_method = 'pm_card_visa') =>
    stripe.paymentIntents.confirm(
      clientSecret.split('_secret_')[0] ?? '',
      { payment_method, return_url: 'https://example.com' },
      { stripeAccount: account },
    );

  return {
    orgId,
    widgetId,
    account,
    admin,
    platform,
    org,
    widget,
    control,
    stripe,
    stripeAs,
    plan,
    authorize,
    connect,
    putConfig,
    person,
    confirm,
  };
}
