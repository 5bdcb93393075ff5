import type { APIGatewayProxyResult } from 'aws-lambda';
import type Stripe from 'stripe';
import { kebab } from '../../shared/contract/define.ts';
import { endpoints } from '../../shared/contract/endpoints.ts';
import { configuration, tiers } from '../support/seller.ts';
import type { World } from './world.ts';

type Handler = (event: object, context: object) => Promise<APIGatewayProxyResult>;
type Answer = { status: number; body: Record<string, never> & { [name: string]: unknown } };
type Ask = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: object;
  key?: string;
};

export type Shop = { orgId: string; widgetId: string; account: string };
export type Person = {
  shop: Shop;
  sub: string /** Ids of uses, as counted by us. */;
  uses: Map<string, number>;
};

const sold = configuration({
  pricing: {
    model: 'subscription',
    tiers: [
      ...tiers,
      ...tiers.map((tier) => ({
        ...tier,
        id: `${tier.id}-year`,
        price: tier.price * 10 + 7,
        interval: 'year' as const,
      })),
    ],
    trialDays: 7,
    products: [{ id: 'pack', name: 'Fifty credits', price: 999, credits: 50 }],
  },
});
/** Credits that run low are topped up (R4.2). */
export const toppedUp: typeof sold = {
  ...sold,
  overage: 'topup',
  topup: { productId: 'pack', perPeriod: 2, below: 150 },
};
const good = ['pm_card_visa', 'pm_card_mastercard', 'pm_card_visa', 'pm_card_bypassPending'];
const bad = ['pm_card_visa_chargeDeclined', 'pm_card_chargeCustomerFail'];
const disputed = ['pm_card_createDispute', 'pm_card_createDisputeInquiry'];

const handlers = new Map<string, Handler>();
export async function loadEndpoints(): Promise<void> {
  for (const { id, area } of Object.values(endpoints))
    handlers.set(id, (await import(`../../functions/${area}/${kebab(id)}.ts`)).handler);
}

function invoke(endpoint: string, claims: object, { params = {}, query = {}, body, key }: Ask) {
  const handler = handlers.get(endpoint);
  if (!handler) throw new Error(`no endpoint ${endpoint}`);
  const event = {
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
    headers: key ? { 'Idempotency-Key': key } : {},
    pathParameters: params,
    queryStringParameters: query,
    requestContext: { authorizer: claims, domainName: 'api', stage: 'v1' },
  };
  return handler(event, { awsRequestId: 'simulation' });
}
const read = ({ statusCode, body }: APIGatewayProxyResult): Answer => ({
  status: statusCode,
  body: body ? JSON.parse(body) : {},
});

const isToppedUp = ({ shop }: Person): boolean => shop.orgId === 'org_topup';
const claimsOf = ({ sub, shop: { orgId, widgetId } }: Person) => ({
  sub,
  role: 'user',
  orgId,
  widgetId,
  email: `${sub}@example.com`,
  name: 'Ada',
});

/** Everybody who acts: admins, people in a widget, Stripe's own pages and its dashboard. */
export class People {
  readonly shops: Shop[] = [];
  readonly everyone: Person[] = [];
  readonly done: Record<string, number> = {};
  #world: World;
  #keys = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** An organisation on the Sell plan that sells; nothing is struck meanwhile. */
  async open(name: string, dispute: 'suspend' | 'keep', config = sold): Promise<Shop> {
    const { url, stripe } = this.#world;
    const [orgId, widgetId] = [`org_${name}`, `widget_${name}`];
    const platform = { sub: 'operator', role: 'platformAdmin' };
    const admin = { sub: `admin_${name}`, role: 'orgAdmin', orgId };
    const organisation = { name: 'Acme', country: 'US', plan: 'sell' };
    await invoke('putOrganisation', platform, { params: { orgId }, body: organisation });
    const begun = await invoke('startConnect', admin, {
      params: { orgId },
      body: { mode: 'test', returnUrl: 'http://127.0.0.1:9/back' },
    });
    const { url: page } = JSON.parse(begun.body) as { url: string };
    const consent = new URL(page);
    const approved = await fetch(`${url}${consent.pathname}${consent.search}&auto=new`, {
      redirect: 'manual',
    });
    const back = new URL(approved.headers.get('location') ?? 'http://nowhere');
    const connected = await invoke('finishConnect', {}, { query: Object.fromEntries(back.searchParams) });
    if (!connected.headers?.location?.toString().includes('status=connected'))
      throw new Error(JSON.stringify(connected));
    const set = await invoke('putWidgetConfig', admin, {
      params: { orgId, widgetId },
      query: { mode: 'test' },
      body: { ...config, dispute },
    });
    const { stripeConnectId: account } = JSON.parse(set.body);
    if (!account) throw new Error(set.body);
    await stripe.balance.retrieve({}, { stripeAccount: account });
    const shop = { orgId, widgetId, account };
    this.shops.push(shop);
    return shop;
  }

  join(shop: Shop): Person {
    const person = { shop, sub: `user_${shop.orgId}_${this.everyone.length}`, uses: new Map() };
    this.everyone.push(person);
    return person;
  }

  /** A call of our API of which nothing is struck. */
  async call(person: Person, endpoint: string, body: object): Promise<Record<string, unknown>> {
    const { widgetId } = person.shop;
    const key = `key-${this.#keys++}`;
    const answer = await invoke(endpoint, claimsOf(person), { params: { widgetId }, body, key });
    if (answer.statusCode >= 400) throw new Error(`${endpoint}: ${answer.body}`);
    return JSON.parse(answer.body);
  }

  /** A purchase that is paid by a card; nothing is struck meanwhile. */
  async buyWith(person: Person, order: object, card: string): Promise<void> {
    const { clientSecret, confirm } = await this.call(person, 'createSubscription', order);
    const id = String(clientSecret).split('_secret_')[0] ?? '';
    const how = { payment_method: card, return_url: 'https://example.com' };
    const at = { stripeAccount: person.shop.account };
    if (confirm === 'setup') await this.#world.stripe.setupIntents.confirm(id, how, at);
    else await this.#world.stripe.paymentIntents.confirm(id, how, at);
  }

  /** Somebody does something, chosen by the seed. Several may at once. */
  act(): void {
    const { random } = this.#world.scheduler;
    const person = this.#world.scheduler.pick(this.everyone);
    const choices: [number, string, () => Promise<unknown>][] = [
      [0.18, 'use', () => this.#use(person)],
      [0.28, 'buy', () => this.#buy(person)],
      [0.08, 'change', () => this.#twice(person, 'updateSubscription', { tierId: this.#tier() })],
      [0.06, 'cancel', () => this.#ask(person, 'cancelSubscription', random() < 0.5 ? {} : { when: 'now' })],
      [0.04, 'resume', () => this.#ask(person, 'resumeSubscription', {})],
      [0.08, 'pack', () => this.#pack(person)],
      [0.06, 'pay', () => this.#pay(person)],
      [0.05, 'bad card', () => this.card(person, bad[1] ?? '')],
      [0.04, 'good card', () => this.card(person, good[0] ?? '')],
      [0.06, 'refund', () => this.#refund(person)],
      [0.04, 'dispute', () => this.#answerDispute(person)],
      [0.02, 'end at Stripe', () => this.#endAtStripe(person)],
      [0.01, 'delete customer', () => this.#forget(person)],
    ];
    let left = random() * (isToppedUp(person) ? 0.46 : 1);
    for (const [share, name, work] of choices) {
      left -= share;
      if (left >= 0) continue;
      this.done[name] = (this.done[name] ?? 0) + 1;
      this.#world.scheduler.note(`${person.sub}: ${name}`);
      void this.#browser(`${person.sub} ${name}`, work);
      return;
    }
  }

  /** What the browser or a dashboard does is scheduled like everything else, and never struck. */
  #browser(name: string, work: () => Promise<unknown>) {
    return this.#world.scheduler.start(name, false, async () => {
      try {
        await work();
      } catch (error) {
        // Stripe refused what cannot be done any more: a card, an invoice that is paid, a charge that is disputed.
        this.#world.scheduler.note(`${name}: ${error instanceof Error ? error.message.slice(0, 90) : error}`);
        if (!(error instanceof Error && 'statusCode' in error)) throw error;
      }
    });
  }

  /** Calls our API as a client does: again with the same key while nobody answers. */
  async #ask(
    person: Person,
    endpoint: string,
    body: object | undefined,
    params: Record<string, string> = {},
  ): Promise<Answer> {
    const { widgetId } = person.shop;
    const key = `key-${this.#keys++}`;
    let last: Answer = { status: 0, body: {} };
    for (let tried = 0; tried < 4; tried++) {
      const outcome = await this.#world.scheduler.start(`${endpoint} of ${person.sub}`, true, () =>
        invoke(endpoint, claimsOf(person), { params: { widgetId, ...params }, ...(body && { body, key }) }),
      );
      if (outcome.kind === 'crashed') continue;
      if (outcome.kind === 'failed') throw outcome.error;
      last = read(outcome.value as APIGatewayProxyResult);
      this.#world.scheduler.note(`${endpoint} of ${person.sub} -> ${last.status} ${last.body.code ?? ''}`);
      if (last.status < 500 && last.body.code !== 'request_in_progress') return last;
    }
    return last;
  }

  /** Two tabs at once. */
  #twice(person: Person, endpoint: string, body: object) {
    const tabs = this.#world.scheduler.random() < 0.3 ? 2 : 1;
    return Promise.all(Array.from({ length: tabs }, () => this.#ask(person, endpoint, body)));
  }

  #tier(): string {
    const weights = ['basic', 'basic', 'professional', 'basic-year', 'professional-year'];
    return this.#world.scheduler.pick(weights);
  }

  #method(): string {
    const roll = this.#world.scheduler.random();
    return this.#world.scheduler.pick(roll < 0.75 ? good : roll < 0.88 ? bad : disputed);
  }

  async #buy(person: Person): Promise<void> {
    const tierId = this.#tier();
    const trial = this.#world.scheduler.random() < 0.15 && { trial: true };
    const answers = await this.#twice(person, 'createSubscription', { tierId, ...trial });
    for (const { body } of answers) {
      const { clientSecret, confirm } = body as { clientSecret?: string; confirm?: string };
      // Some never come back from the card form.
      if (!clientSecret || this.#world.scheduler.random() < 0.1) continue;
      const id = clientSecret.split('_secret_')[0] ?? '';
      const how = { payment_method: this.#method(), return_url: 'https://example.com' };
      const at = { stripeAccount: person.shop.account };
      if (confirm === 'setup') await this.#world.stripe.setupIntents.confirm(id, how, at);
      else await this.#world.stripe.paymentIntents.confirm(id, how, at);
    }
  }

  async #pack(person: Person): Promise<void> {
    const { body } = await this.#ask(person, 'createCheckout', { productId: 'pack' });
    const { sessionId } = body as { sessionId?: string };
    if (!sessionId) return;
    const form = JSON.stringify({ payment_method: this.#method() });
    await this.#world.scheduler.call('http', 'complete checkout', async () => {
      await fetch(`${this.#world.url}/_/checkout/${sessionId}/complete`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: form,
      });
      this.#world.asked();
    });
    if (this.#world.scheduler.random() < 0.5)
      await this.#ask(person, 'getCheckout', undefined, { sessionId });
  }

  /** Where credits are topped up by themselves, they are used up. */
  async #use(person: Person): Promise<void> {
    const { random } = this.#world.scheduler;
    const much = random() < (isToppedUp(person) ? 0.9 : 0.2);
    const kind = much ? 'credit' : 'query';
    const quantity = 1 + Math.floor(random() * (much ? 120 : 5));
    const eventId = `use-${person.uses.size}`;
    person.uses.set(eventId, 0);
    const answers = await this.#twice(person, 'recordUsage', { kind, quantity, eventId });
    if (answers.some(({ status }) => status === 200)) person.uses.set(eventId, quantity);
  }

  async #pay(person: Person): Promise<void> {
    const at = { stripeAccount: person.shop.account };
    for (const customer of await this.customersOf(person)) {
      const { data } = await this.#world.stripe.invoices.list({ customer: customer.id, status: 'open' }, at);
      const [invoice] = data;
      if (!invoice?.id) continue;
      const method = await this.#world.stripe.paymentMethods.attach(
        'pm_card_visa',
        { customer: customer.id },
        at,
      );
      await this.#world.stripe.invoices.pay(invoice.id, { payment_method: method.id }, at);
    }
  }

  /** What renews is paid by another card. */
  async card(person: Person, token: string): Promise<void> {
    const at = { stripeAccount: person.shop.account };
    for (const { id, customer } of await this.subscriptionsOf(person)) {
      const method = await this.#world.stripe.paymentMethods.attach(
        token,
        { customer: String(customer) },
        at,
      );
      await this.#world.stripe.subscriptions.update(id, { default_payment_method: method.id }, at);
    }
  }

  async #refund(person: Person): Promise<void> {
    const at = { stripeAccount: person.shop.account };
    const [customer] = await this.customersOf(person);
    if (!customer) return;
    const { data } = await this.#world.stripe.charges.list({ customer: customer.id }, at);
    const charge = data.find(({ paid, refunded }) => paid && !refunded);
    if (!charge) return;
    const left = charge.amount - charge.amount_refunded;
    const amount =
      this.#world.scheduler.random() < 0.5
        ? left
        : Math.max(1, Math.floor(left * this.#world.scheduler.random()));
    await this.#world.stripe.refunds.create({ charge: charge.id, amount }, at);
  }

  async #answerDispute(person: Person): Promise<void> {
    const at = { stripeAccount: person.shop.account };
    const { data } = await this.#world.stripe.disputes.list({}, at);
    const open = data.filter(({ status }) => status.endsWith('needs_response'));
    if (open.length === 0) return;
    const { id } = this.#world.scheduler.pick(open);
    const text = this.#world.scheduler.pick([
      'winning_evidence',
      'losing_evidence',
      'escalate_inquiry_evidence',
    ]);
    await this.#world.stripe.disputes.update(
      id,
      { evidence: { uncategorized_text: text }, submit: true },
      at,
    );
  }

  async #endAtStripe(person: Person): Promise<void> {
    const at = { stripeAccount: person.shop.account };
    const [running] = await this.subscriptionsOf(person);
    if (running) await this.#world.stripe.subscriptions.cancel(running.id, {}, at);
  }

  async #forget(person: Person): Promise<void> {
    const [customer] = await this.customersOf(person);
    if (customer)
      await this.#world.stripe.customers.del(customer.id, {}, { stripeAccount: person.shop.account });
  }

  async customersOf({ shop, sub }: Person): Promise<Stripe.Customer[]> {
    const at = { stripeAccount: shop.account };
    const { data } = await this.#world.stripe.customers.list({ limit: 100 }, at);
    return data.filter(({ metadata }) => metadata.userId === sub);
  }

  /** Those that are not over. */
  async subscriptionsOf(person: Person): Promise<Stripe.Subscription[]> {
    const all = await this.allSubscriptionsOf(person.shop);
    return all.filter(
      ({ metadata, status }) =>
        metadata.userId === person.sub && !['canceled', 'incomplete_expired'].includes(status),
    );
  }

  allSubscriptionsOf({ account }: Shop): Promise<Stripe.Subscription[]> {
    return this.#world.stripe.subscriptions
      .list({ status: 'all', limit: 100 }, { stripeAccount: account })
      .autoPagingToArray({ limit: 5_000 });
  }
}
