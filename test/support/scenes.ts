import type { Example } from '../../shared/contract/define.ts';
import { type Endpoints, endpoints } from '../../shared/contract/endpoints.ts';
import { operationsOf } from './operations.ts';
import { call, openShop, type Shop } from './seller.ts';
import type { Stack } from './stack.ts';

/** Who calls on what; ids that Stripe makes stand where the example has its own. */
export type Scene = { token?: string; params?: Record<string, string>; query?: object; body?: object };
type SetUp = (example: Example) => Promise<Scene> | Scene;
type Name = Exclude<keyof Endpoints, 'receiveConnectEvent' | 'receivePlatformEvent'>;
type Person = Awaited<ReturnType<Shop['person']>> & { spare?: string };

/**
 * What each endpoint needs to answer its first example; the shop sells `sold`. Typed by the contract: an endpoint
 * without a scene does not compile.
 */
export function scenesOf(stack: Stack, shop: Shop): Record<Name, SetUp> {
  const ready: Record<string, { prepare: () => Promise<Person> }> = operationsOf(shop);
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

  return {
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
}
