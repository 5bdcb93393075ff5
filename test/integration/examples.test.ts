import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { ApiProblem, connectorClient } from '../../shared/contract/client.ts';
import type { Endpoint, Example } from '../../shared/contract/define.ts';
import { type Endpoints, endpoints } from '../../shared/contract/endpoints.ts';
import { operationsOf, sold } from '../support/operations.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Who calls on what; ids that Stripe makes stand where the example has its own. */
type Scene = { token?: string; params?: Record<string, string>; query?: object; body?: object };
type SetUp = (example: Example) => Promise<Scene> | Scene;
type Name = keyof Endpoints;

let stack: Stack;
let shop: Shop;
let ready: Record<string, { prepare: () => Promise<Person> }>;
type Person = Awaited<ReturnType<Shop['person']>> & { spare?: string };
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, { config: sold });
  ready = operationsOf(shop);
});
afterAll(() => stack?.stop());

const as = ({ token }: { token: string }, more: Omit<Scene, 'token'> = {}): Scene => ({
  token,
  ...more,
  params: { widgetId: shop.widgetId, ...more.params },
});
const prepared = async (name: string): Promise<Person> => {
  const operation = ready[name];
  if (!operation) throw new Error(`nothing prepares ${name}`);
  return operation.prepare();
};
const visitor = async () => as(await shop.person());
const buyer = async () => as(await prepared('cancelSubscription'));
const leaver = async () => as(await prepared('resumeSubscription'));
const admin = (of = shop, more: Scene = {}): Scene => ({
  token: of.admin,
  params: { orgId: of.orgId, ...more.params },
});
const ofWidget = (of = shop): Scene => admin(of, { params: { widgetId: of.widgetId } });
const operator = (): Scene => ({ token: shop.platform, params: { orgId: shop.orgId } });

/** Typed by the contract: an endpoint without a scene does not compile. */
const scenes: Record<Exclude<Name, 'receiveConnectEvent' | 'receivePlatformEvent'>, SetUp> = {
  getHealth: () => ({}),
  getOpenapi: () => ({}),
  getPricing: () => ({ params: { widgetId: shop.widgetId } }),
  getAccess: visitor,
  getSubscription: buyer,
  createSubscription: visitor,
  updateSubscription: async ({ body }) =>
    as(await prepared((body as { tierId: string }).tierId === 'basic' ? 'downgrade' : 'upgrade')),
  cancelSubscription: buyer,
  acceptOffer: leaver,
  resumeSubscription: leaver,
  async paySubscription() {
    const person = await shop.person();
    await person.create();
    return as(person);
  },
  previewInvoice: buyer,
  listPaymentMethods: buyer,
  attachPaymentMethod: buyer,
  async detachPaymentMethod() {
    const person = await prepared('detachPaymentMethod');
    return as(person, { body: { paymentMethodId: person.spare } });
  },
  setBillingDetails: visitor,
  getBillingDetails: buyer,
  listInvoices: buyer,
  openBillingPortal: buyer,
  createCheckout: visitor,
  async getCheckout() {
    const person = await shop.person();
    const { body } = await person.post<{ sessionId: string }>('checkout', { productId: 'pack' });
    await call('POST', `${stack.stripe}/_/checkout/${body.sessionId}/complete`, {
      body: { payment_method: 'pm_card_visa' },
    });
    return as(person, { params: { sessionId: body.sessionId } });
  },
  recordUsage: buyer,
  holdCredits: buyer,
  async settleCredits() {
    const person = await prepared('recordUsage');
    await person.post('credits/hold', { amount: 10, holdId: 'answer-2' });
    return as(person);
  },
  getUsage: buyer,
  getSetup: () => admin(),
  startConnect: () => admin(),
  async finishConnect() {
    const { body } = await shop.authorize();
    return { query: { state: new URL(body.url).searchParams.get('state') } };
  },
  getConnection: () => admin(),
  deleteConnection: async () => admin(await openShop(stack)),
  putWidgetConfig: async () => ofWidget(await openShop(stack)),
  getWidgetConfig: () => ofWidget(),
  listConfigVersions: () => ofWidget(),
  async goLive() {
    const other = await openShop(stack);
    await other.confirm((await (await other.person()).create()).body.clientSecret);
    await other.connect('new', { mode: 'live' });
    await other.control.settle();
    return ofWidget(other);
  },
  putOrganisation: operator,
  getOrganisation: operator,
  putExchangeRates: operator,
  async getExchangeRates() {
    const body = endpoints.putExchangeRates.examples[0]?.body;
    await call('PUT', `${stack.api}/api/platform/exchange-rates`, { token: shop.platform, body });
    return operator();
  },
};

const cases = Object.entries(scenes).flatMap(([name, scene]) =>
  endpoints[name as Name].examples.map((example) => [name, example.summary, scene, example] as const),
);

describe('every example of the document, through the typed client', () => {
  test.each(cases)('%s: %s', async (name, _, scene, example: Example) => {
    const { token, params, query, body } = await scene(example);
    const endpoint: Endpoint = endpoints[name as Name];
    const input = {
      params,
      query: { ...example.query, ...query },
      ...(example.body !== undefined && { body: { ...(example.body as object), ...body } }),
    };
    if (endpoint.answer.status === 302) {
      const search = new URLSearchParams(input.query as Record<string, string>);
      const reply = await call('GET', `${stack.api}${endpoint.path}?${search}`);
      expect([reply.status, reply.headers.get('location')]).toEqual([
        302,
        expect.stringContaining('status='),
      ]);
      return;
    }
    const client = connectorClient(stack.api, token === undefined ? undefined : () => token);
    const answer: unknown = await client.call(name as Name, input as never);
    const { schema } = endpoint.answer;
    if (!schema) return expect(answer).toBeUndefined();
    // Strictly: what the schema does not know must not be in the answer.
    expect((schema as z.ZodMiniType).parse(answer)).toEqual(answer);
  });

  test('a refusal is an ApiProblem, with its code', async () => {
    const client = connectorClient(stack.api, () => 'garbage');
    const refused = client.call('getAccess', { params: { widgetId: shop.widgetId } });
    await expect(refused).rejects.toBeInstanceOf(ApiProblem);
    await expect(refused).rejects.toMatchObject({ problem: { code: 'unauthenticated', status: 401 } });
  });
});
