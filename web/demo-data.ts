import { isDeepStrictEqual } from 'node:util';
import { readEndpoints } from './endpoints.ts';

/** The organisation of the demonstration, made through HTTP alone; running it again changes nothing. */
const { api, web, control } = readEndpoints();
const orgId = 'org_demo';
const widgetId = 'widget_demo';

const config = {
  paymentEnabled: true,
  pricing: {
    model: 'subscription',
    tiers: [
      {
        id: 'basic',
        name: 'Basic',
        price: 1900,
        interval: 'month',
        features: ['Chat with the assistant', 'E-mail support'],
        credits: 200,
      },
      {
        id: 'professional',
        name: 'Professional',
        price: 9900,
        interval: 'month',
        features: ['Everything in Basic', 'Workflows', 'Priority support'],
        credits: 1000,
      },
      {
        id: 'professional-yearly',
        name: 'Professional yearly',
        price: 99000,
        interval: 'year',
        features: ['Everything in Basic', 'Workflows', 'Priority support', 'Two months free'],
        credits: 12000,
      },
    ],
  },
  metadata: { currency: 'usd' },
  legal: {
    terms: 'https://northwind.example/terms',
    privacy: 'https://northwind.example/privacy',
    refund: 'https://northwind.example/refunds',
  },
  allowedOrigins: [web],
};

type Reply = { status: number; body: Record<string, unknown> };

async function call(method: string, url: string, token?: string, body?: unknown): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
}

function expect(step: string, { status, body }: Reply, ...wanted: number[]): Record<string, unknown> {
  if (!wanted.includes(status)) throw new Error(`${step} was refused (${status}): ${JSON.stringify(body)}`);
  return body;
}

async function tokenOf(claims: Record<string, string>): Promise<string> {
  return String(
    expect('The token', await call('POST', `${control}/tokens`, undefined, claims), 200, 201).token,
  );
}

async function follow(start: string): Promise<string> {
  let url = start;
  for (let hop = 0; hop < 8; hop++) {
    const { headers } = await fetch(url, { redirect: 'manual' });
    const location = headers.get('location');
    if (!location) break;
    url = new URL(location, url).href;
    if (new URL(url).origin === new URL(web).origin) return url;
  }
  throw new Error(`Connecting ended at ${url} instead of ${web}.`);
}

async function connect(admin: string): Promise<void> {
  const org = `${api}/api/org/${orgId}/stripe`;
  const { test } = expect('The connection', await call('GET', `${org}/connection`, admin), 200);
  if (typeof test === 'object' && test !== null && Reflect.get(test, 'status') === 'connected')
    return console.log('Stripe account: already connected');
  const begun = await call('POST', `${org}/connect`, admin, { mode: 'test', returnUrl: web });
  const end = await follow(`${String(expect('Connecting', begun, 201).url)}&auto=new`);
  if (!end.includes('status=connected')) throw new Error(`Connecting failed: ${new URL(end).search}`);
  console.log('Stripe account: connected');
}

async function configure(admin: string): Promise<void> {
  const url = `${api}/api/org/${orgId}/stripe/widgets/${widgetId}/config?mode=test`;
  const found = await call('GET', url, admin);
  const current = expect('The configuration', found, 200, 404);
  const same = Object.entries(config).every(([name, value]) => isDeepStrictEqual(current[name], value));
  if (found.status === 200 && same) return console.log('Tiers: already set');
  expect('The configuration', await call('PUT', url, admin, config), 200);
  console.log(`Tiers: ${config.pricing.tiers.map(({ name }) => name).join(', ')}`);
}

async function main(): Promise<void> {
  const platform = await tokenOf({ role: 'platformAdmin', sub: 'operator' });
  const organisation = { name: 'Northwind Assistants', country: 'US', plan: 'sell' };
  expect(
    'The organisation',
    await call('PUT', `${api}/api/platform/orgs/${orgId}`, platform, organisation),
    200,
    201,
  );
  console.log(`Organisation: ${organisation.name}`);
  const admin = await tokenOf({ role: 'orgAdmin', sub: 'owner_demo', orgId });
  await connect(admin);
  await configure(admin);
  console.log(`Ready: ${web}/demo`);
}

try {
  await main();
} catch (error) {
  console.error(`Demonstration data: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
