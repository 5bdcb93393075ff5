import { randomUUID } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, pascal } from '../../shared/contract/define.ts';
import { endpoints } from '../../shared/contract/endpoints.ts';
import { type Problem, type ProblemCode, problems } from '../../shared/contract/errors.ts';
import { sold } from '../support/operations.ts';
import { type Scene, scenesOf } from '../support/scenes.ts';
import { call, openShop, type Reply, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** A minute of the organisation holds this many requests of one person. */
const perPerson = 60;
type Name = keyof ReturnType<typeof scenesOf>;
type Asked = { name: Name; endpoint: Endpoint; scene: Scene };
type Answered = Promise<Reply<Problem>>;

let stack: Stack;
let shop: Shop;
let scenes: ReturnType<typeof scenesOf>;
let noRatesYet: Reply<Problem>;
beforeAll(async () => {
  stack = await startStack({ env: { TENANT_REQUESTS_PER_MINUTE: String(16 * perPerson) } });
  shop = await openShop(stack, { config: sold });
  scenes = scenesOf(stack, shop);
  noRatesYet = await call('GET', `${stack.api}/api/platform/exchange-rates`, { token: shop.platform });
});
afterAll(() => stack?.stop());

const exampleBody = ({ endpoint, scene }: Asked): object | undefined => {
  const body = endpoint.examples[0]?.body;
  return body === undefined ? undefined : { ...body, ...scene.body };
};
/** The endpoint's first example, asked by its scene or otherwise. */
function ask(asked: Asked, change: { token?: string; body?: unknown; key?: string } = {}): Answered {
  const { endpoint, scene } = asked;
  const query = { ...endpoint.examples[0]?.query, ...scene.query } as Record<string, string>;
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name) => scene.params?.[name] ?? '');
  const body = change.body === undefined ? exampleBody(asked) : change.body;
  const token = change.token ?? scene.token;
  return call<Problem>(endpoint.method, `${stack.api}${path}?${new URLSearchParams(query)}`, {
    ...(token && { token }),
    ...(body !== undefined && { body }),
    headers: change.key ? { 'idempotency-key': change.key } : {},
  });
}

async function under(faults: object[], act: () => Answered): Answered {
  // What the scene set going is not to be struck: its webhooks would come again minutes later.
  await shop.control.settle();
  await shop.control.faults(faults);
  try {
    return await act();
  } finally {
    await shop.control.faults([]);
  }
}
const atStripe = (asked: Asked, kind: string) =>
  under([{ target: 'stripe', kind, rate: 1 }], () => ask(asked));
const atTable = (asked: Asked, kind: string) => {
  const fault = { target: 'dynamodb', kind, rate: 1, function: pascal(asked.endpoint.id) };
  const writes = ['TransactWriteItems', 'PutItem'].map((operation) => ({ ...fault, operation }));
  return under(writes, () => ask(asked));
};
/** The first of many at once that is refused with this code. */
async function race(code: ProblemCode, many: () => Answered[]): Answered {
  for (let round = 0; round < 20; round++) {
    const refused = (await Promise.all(many())).find(({ body }) => body.code === code);
    if (refused) return refused;
  }
  throw new Error(`nobody was answered ${code}`);
}
const times = (count: number, act: () => Answered) => Array.from({ length: count }, act);

async function withoutWebhooks(act: () => Answered): Answered {
  const webhooks = (state: string) => call('POST', `${stack.stripe}/_/webhooks/${state}`, { body: {} });
  await shop.control.settle();
  await webhooks('pause');
  try {
    return await act();
  } finally {
    await webhooks('resume');
  }
}
/** More requests than a minute takes, to an organisation of their own. */
async function flood(asked: Asked): Answered {
  const other = await openShop(stack, { config: sold });
  const scene = await scenesOf(stack, other)[asked.name](first(asked));
  return race('rate_limited', () => times(perPerson, () => ask({ ...asked, scene })));
}
/** Without the platform's live keys, as in a deployment nobody set up; functions forget keys after 5 minutes. */
async function withoutLiveKeys(act: () => Answered): Answered {
  const { credentials, region } = {
    credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' },
    region: 'us-east-1',
  };
  const secrets = new SecretsManagerClient({ endpoint: stack.aws, region, credentials });
  const SecretId = stack.outputs.StripeSecretLive;
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const put = async (text = '{}') => {
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: text }));
    await shop.control.advance('PT6M');
  };
  await put();
  try {
    return await act();
  } finally {
    await put(SecretString);
  }
}

/** The same, in a shop that sells no more. */
async function afterwards(asked: Asked, change: (shop: Shop) => Promise<unknown>): Answered {
  const other = await openShop(stack, { config: sold });
  const scene = await scenesOf(stack, other)[asked.name](first(asked));
  // Whatever the scene says of other shops, this one is closed.
  const orgScene = asked.endpoint.audience === 'orgAdmin';
  await change(other);
  const here = { orgId: other.orgId, widgetId: other.widgetId };
  return ask({
    ...asked,
    scene: orgScene ? { ...scene, token: other.admin, params: { ...scene.params, ...here } } : scene,
  });
}
const first = ({ endpoint }: Asked) => endpoint.examples[0] ?? { summary: '' };

/** How each refusal comes about, at any endpoint that declares it. */
const general: Partial<Record<ProblemCode, (asked: Asked) => Answered>> = {
  unauthenticated: (asked) => ask(asked, { token: 'garbage' }),
  async forbidden(asked) {
    const role = asked.endpoint.audience === 'user' ? 'orgAdmin' : 'user';
    const { orgId, widgetId } = shop;
    return ask(asked, { token: await shop.control.token({ role, sub: 'somebody', orgId, widgetId }) });
  },
  async not_found(asked) {
    const params = { ...asked.scene.params, orgId: 'org_nobody', widgetId: 'widget_nobody' };
    return ask({ ...asked, scene: { ...asked.scene, params } });
  },
  invalid_request: (asked) => ask(asked, { body: { ...exampleBody(asked), colour: 'red' } }),
  internal_error: (asked) => {
    const operation = asked.endpoint.grants.table?.includes('read') ? 'BatchGetItem' : 'Query';
    const fault = { target: 'dynamodb', operation, kind: 'error', rate: 1 };
    return under([{ ...fault, function: pascal(asked.endpoint.id) }], () => ask(asked));
  },
  stripe_unavailable: (asked) => atStripe(asked, 'error'),
  rate_limited: (asked) => (asked.endpoint.grants.stripe ? atStripe(asked, 'throttle') : flood(asked)),
  async request_in_progress(asked) {
    if (!asked.endpoint.idempotent) return atStripe(asked, 'conflict');
    return race('request_in_progress', () => {
      const key = randomUUID();
      return times(6, () => ask(asked, { key }));
    });
  },
  async idempotency_key_reused(asked) {
    const key = randomUUID();
    const once = await ask(asked, { key });
    expect([once.status < 300, once.body.detail]).toEqual([true, undefined]);
    return ask(asked, { key, body: another[asked.name] });
  },
  plan_required: (asked) => afterwards(asked, (other) => other.plan('free')),
  payments_disabled: (asked) =>
    afterwards(asked, async (other) => {
      await other.putConfig({ ...sold, paymentEnabled: false });
      const { deauthorize } = other.stripe.oauth;
      await deauthorize.call(other.stripe.oauth, {
        client_id: 'ca_test_platform',
        stripe_user_id: other.account,
      });
    }),
  state_conflict: (asked) => atTable(asked, 'conflict'),
};

/** Another valid body, for a key that was used already. */
const another: Partial<Record<Name, object>> = {
  acceptOffer: { offerId: 'another' },
  cancelSubscription: { reason: 'unused' },
  createSubscription: { tierId: 'professional' },
  paySubscription: { paymentMethodId: 'pm_card_visa' },
  previewInvoice: { cancel: true },
  updateSubscription: { tierId: 'basic' },
  attachPaymentMethod: { paymentMethodId: 'pm_card_visa' },
  createCheckout: { productId: 'pack', consent: { termsVersion: '1' } },
  detachPaymentMethod: { paymentMethodId: 'pm_another' },
  openBillingPortal: { returnUrl: 'https://example.com/elsewhere' },
  setBillingDetails: { name: 'Another' },
  holdCredits: { amount: 1, holdId: 'another' },
  recordUsage: { kind: 'query', quantity: 1, eventId: 'another' },
  settleCredits: { holdId: 'another', used: 1 },
  startConnect: { mode: 'live', returnUrl: 'https://dashboard.example.com/elsewhere' },
};

const visiting = async () => scenes.createSubscription({ summary: '' });
/** Somebody with a checkout session that is open. */
async function checkingOut(): Promise<Scene> {
  const { token, post } = await shop.person();
  const { body } = await post<{ sessionId: string }>('checkout', { productId: 'pack' });
  return { token, params: { widgetId: shop.widgetId, sessionId: body.sessionId } };
}

/** Where the general way does not lead there. */
const special: Record<string, (asked: Asked) => Answered> = {
  async 'createSubscription card_declined'(asked) {
    const paymentMethodId = 'pm_card_chargeDeclined';
    return ask(asked, { body: { tierId: 'basic', paymentMethodId } });
  },
  async 'createSubscription already_subscribed'(asked) {
    const scene = await scenes.cancelSubscription({ summary: '' });
    return ask({ ...asked, scene });
  },
  async 'createSubscription trial_used'(asked) {
    const other = await openShop(stack, { config: { ...sold, pricing: { ...sold.pricing, trialDays: 7 } } });
    const ada = await other.person();
    const body = { tierId: 'basic', trial: true };
    await ada.post('subscription/create', body);
    await ada.post('subscription/cancel', { when: 'now' });
    const scene = { token: ada.token, params: { widgetId: other.widgetId } };
    return ask({ ...asked, scene }, { body });
  },
  async 'paySubscription card_declined'(asked) {
    return ask(asked, { body: { paymentMethodId: 'pm_card_chargeDeclined' } });
  },
  async 'attachPaymentMethod card_declined'(asked) {
    return ask(asked, { body: { paymentMethodId: 'pm_card_chargeDeclined' } });
  },
  'recordUsage credits_exhausted': (asked) =>
    ask(asked, { body: { kind: 'credit', quantity: 100_000, eventId: 'much' } }),
  async 'previewInvoice state_conflict'(asked) {
    return ask({ ...asked, scene: await visiting() }, { body: { cancel: true } });
  },
  async 'attachPaymentMethod state_conflict'(asked) {
    return atTable({ ...asked, scene: await visiting() }, 'conflict');
  },
  async 'openBillingPortal state_conflict'(asked) {
    return ask({ ...asked, scene: await visiting() });
  },
  async 'detachPaymentMethod state_conflict'(asked) {
    const buyer = await scenes.listPaymentMethods({ summary: '' });
    const { body } = await call<{ paymentMethods: { id: string }[] }>(
      'GET',
      `${shop.widget}/payment-methods`,
      buyer,
    );
    const [spare, only] = body.paymentMethods;
    const detach = (paymentMethodId = '') => ask({ ...asked, scene: buyer }, { body: { paymentMethodId } });
    await detach(spare?.id);
    return detach(only?.id);
  },
  'getCheckout stripe_unavailable': async (asked) =>
    atStripe({ ...asked, scene: await checkingOut() }, 'error'),
  'getCheckout rate_limited': async (asked) => atStripe({ ...asked, scene: await checkingOut() }, 'throttle'),
  'getCheckout state_conflict': (asked) =>
    withoutWebhooks(async () => {
      const scene = await checkingOut();
      await call('POST', `${stack.stripe}/_/checkout/${scene.params?.sessionId}/complete`, {
        body: { payment_method: 'pm_card_visa' },
      });
      return atTable({ ...asked, scene }, 'conflict');
    }),
  // The webhook of the disconnection would make it good.
  'deleteConnection state_conflict': (asked) => withoutWebhooks(() => atTable(asked, 'conflict')),
  async 'holdCredits state_conflict'(asked) {
    await ask(asked);
    return ask(asked, { body: { ...exampleBody(asked), amount: 9 } });
  },
  'startConnect rate_limited': flood,
  'startConnect payments_disabled': (asked) =>
    withoutLiveKeys(() => ask(asked, { body: { ...exampleBody(asked), mode: 'live' } })),
  'deleteConnection payments_disabled': async (asked) => {
    const other = await openShop(stack);
    await other.connect('new', { mode: 'live' });
    const scene = { token: other.admin, params: { orgId: other.orgId }, query: { mode: 'live' } };
    return withoutLiveKeys(() => ask({ ...asked, scene }));
  },
  async 'goLive idempotency_key_reused'(asked) {
    const key = randomUUID();
    await ask(asked, { key });
    // One organisation, one key, another of its widgets.
    const params = { ...asked.scene.params, widgetId: 'another' };
    return ask({ ...asked, scene: { ...asked.scene, params } }, { key });
  },
  'getExchangeRates not_found': () => Promise.resolve(noRatesYet),
  'holdCredits credits_exhausted': (asked) => ask(asked, { body: { amount: 100_000, holdId: 'much' } }),
};

const cases = (Object.values(endpoints) as Endpoint[])
  .filter(({ audience }) => audience !== 'stripe')
  .flatMap((endpoint) => {
    const { errors, body, grants } = endpoint;
    const common: ProblemCode[] = [
      ...(body ? (['invalid_request'] as const) : []),
      ...(grants.table?.some((access) => access === 'read' || access === 'query')
        ? (['internal_error'] as const)
        : []),
    ];
    return [...common, ...errors].map((code) => [endpoint.id as Name, code, endpoint] as const);
  });

describe('every refusal an endpoint declares is one it answers with', () => {
  test.each(cases)('%s: %s', async (name, code, endpoint) => {
    const scene = await scenes[name](endpoint.examples[0] ?? { summary: '' });
    const produce = special[`${name} ${code}`] ?? general[code];
    if (!produce) throw new Error(`Nothing shows how ${name} comes to answer ${code}.`);
    const { status, body, headers } = await produce({ name, endpoint, scene });
    expect([body.code, body.status, status]).toEqual([code, problems[code][0], problems[code][0]]);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect([body.title, body.type, body.requestId]).toEqual([
      problems[code][1],
      `/problems/${code}`,
      expect.any(String),
    ]);
    expect(body.detail.length).toBeGreaterThan(10);
  });
});
