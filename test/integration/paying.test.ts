import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { call, configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

type Session = { sessionId: string; clientSecret?: string; url?: string } & Problem;
type Standing = { productId: string; status: string };
const [basic] = tiers;
if (!basic) throw new Error('the tiers of the tests are gone');
let stack: Stack;
let shop: Shop;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, {
    config: configuration({
      pricing: {
        model: 'subscription',
        tiers: [
          basic,
          {
            ...basic,
            id: 'enterprise',
            name: 'Enterprise',
            price: 50_000,
            paymentMethodTypes: ['card', 'us_bank_account'],
          },
        ],
        products: [
          { id: 'pack', name: '50 credits', price: 900, credits: 50 },
          { id: 'week', name: 'A week', price: 500, accessDays: 7, features: ['Chat'] },
        ],
      },
      metadata: { currency: 'usd', taxConfig: { automatic: false, behavior: 'exclusive' } },
      allowedOrigins: ['https://example.com'],
    }),
  });
});
afterAll(() => stack?.stop());

const account = () => ({ stripeAccount: shop.account });
const complete = (sessionId: string, payment_method = 'pm_card_visa') =>
  call('POST', `${stack.stripe}/_/checkout/${sessionId}/complete`, { body: { payment_method } });

describe('a product sold once (R1.1)', () => {
  test('is granted once, whether the browser or the webhook is back first (P23)', async () => {
    for (const first of ['browser', 'webhook']) {
      const ada = await shop.person();
      const { body } = await ada.post<Session>('checkout', { productId: 'pack' });
      expect(body.clientSecret).toContain('_secret_');
      const standing = () => ada.get<Standing>(`checkout/${body.sessionId}`);
      expect((await standing()).body).toEqual({ productId: 'pack', status: 'open' });
      await complete(body.sessionId);
      if (first === 'webhook') await shop.control.settle();
      expect((await standing()).body.status).toBe('fulfilled');
      await shop.control.settle();
      expect(await ada.access()).toMatchObject({ access: 'none', credits: { balance: 50 } });
      expect((await standing()).body.status).toBe('fulfilled');
    }
  });

  test('is charged with the platform’s fee, invoiced and booked (R2.2, R3.5, R5.1)', async () => {
    const ada = await shop.person();
    const { body } = await ada.post<Session>('checkout', { productId: 'pack' });
    await complete(body.sessionId);
    await shop.control.settle();
    const session = await shop.stripe.checkout.sessions.retrieve(
      body.sessionId,
      { expand: ['payment_intent'] },
      account(),
    );
    expect(session.payment_intent).toMatchObject({
      amount: 900,
      application_fee_amount: 90,
      status: 'succeeded',
    });
    const invoices = await ada.get<{
      invoices: {
        total: number;
        status: string;
        pdfUrl: string;
        hostedUrl: string;
        receiptUrl: string | null;
      }[];
    }>('invoices');
    expect(invoices.body.invoices).toEqual([
      expect.objectContaining({
        total: 900,
        status: 'paid',
        pdfUrl: expect.stringMatching(/^http/),
        hostedUrl: expect.stringMatching(/^http/),
      }),
    ]);
    const pdf = await fetch(invoices.body.invoices[0]?.pdfUrl ?? '');
    expect((await pdf.text()).slice(0, 5)).toBe('%PDF-');
    const ledger = (await shop.control.dump(`test#LEDGER#${shop.orgId}`)).filter(
      (entry) => entry.currency === 'usd',
    );
    expect(ledger).toContainEqual(
      expect.objectContaining({
        lines: [
          { account: 'customer', amount: -900 },
          { account: 'organisation', amount: 810 },
          { account: 'commission', amount: 90 },
          { account: 'tax', amount: 0 },
        ],
      }),
    );
  });

  test('an open one is taken up again; paid or run out, a new one begins (P24)', async () => {
    const ada = await shop.person();
    const checkout = async () => (await ada.post<Session>('checkout', { productId: 'pack' })).body.sessionId;
    const [first, second] = [await checkout(), await checkout()];
    expect(second).toBe(first);
    await shop.control.advance('P1DT1H');
    const third = await checkout();
    expect(third).not.toBe(first);
    await complete(third);
    const fourth = await checkout();
    expect(fourth).not.toBe(third);
    await complete(fourth);
    await shop.control.settle();
    expect(await ada.access()).toMatchObject({ credits: { balance: 100 } });
  });

  test('timed access opens its features, adds up, and ends on time', async () => {
    const ada = await shop.person();
    for (const _ of [1, 2]) {
      const { body } = await ada.post<Session>('checkout', { productId: 'week' });
      await complete(body.sessionId);
      await shop.control.settle();
    }
    expect(await ada.access()).toMatchObject({ access: 'full', features: ['Chat'] });
    await shop.control.advance('P13D');
    expect(await ada.access()).toMatchObject({ access: 'full' });
    await shop.control.advance('P2D');
    expect(await ada.access()).toMatchObject({ access: 'none', features: [] });
  });

  test('goes back only to the widget’s own pages', async () => {
    const ada = await shop.person();
    const hosted = (returnUrl?: string) =>
      ada.post<Session>('checkout', { productId: 'pack', ui: 'hosted', ...(returnUrl && { returnUrl }) });
    for (const url of [undefined, 'https://evil.example/x', 'https://example.com.evil.example/']) {
      const refused = await hosted(url);
      expect([url, refused.status, refused.body.errors?.[0]?.path]).toEqual([url, 400, 'body.returnUrl']);
    }
    expect((await hosted('https://example.com/back')).body.url).toMatch(/^http/);
    const unknown = await ada.post<Session>('checkout', { productId: 'nothing' });
    expect([unknown.status, unknown.body.errors?.[0]?.path]).toEqual([400, 'body.productId']);
  });
});

describe('money that comes later (R1.5)', () => {
  async function debtor(number: string) {
    const ada = await shop.person();
    const bought = await ada.create('enterprise');
    const id = bought.body.clientSecret.split('_secret_')[0] ?? '';
    await shop.stripe.paymentIntents.confirm(
      id,
      {
        payment_method_data: {
          type: 'us_bank_account',
          us_bank_account: {
            account_holder_type: 'company',
            account_number: number,
            routing_number: '110000000',
          },
          billing_details: { name: 'Ada', email: 'ada@example.com' },
        },
        mandate_data: {
          customer_acceptance: { type: 'online', online: { ip_address: '127.0.0.1', user_agent: 'test' } },
        },
        return_url: 'https://example.com',
      },
      account(),
    );
    const intent = await shop.stripe.paymentIntents.retrieve(id, {}, account());
    if (intent.next_action?.type === 'verify_with_microdeposits')
      await shop.stripe.paymentIntents.verifyMicrodeposits(id, { amounts: [32, 45] }, account());
    await shop.control.settle();
    return ada;
  }
  test('grants nothing before it is confirmed, and then everything', async () => {
    const ada = await debtor('000123456789');
    expect(await ada.access()).toMatchObject({ access: 'none', credits: { balance: 0 } });
    await shop.control.advance('P1D');
    expect(await ada.access()).toMatchObject({
      access: 'full',
      tier: 'enterprise',
      credits: { balance: 200 },
    });
  });
  test('that fails grants nothing at all', async () => {
    const ada = await debtor('000222222227');
    await shop.control.advance('P1D');
    expect(await ada.access()).toMatchObject({ access: 'none', credits: { balance: 0 } });
  });
  test('is not offered where the tier does not allow it', async () => {
    const ada = await shop.person();
    const bought = await ada.create('basic');
    const { payment_settings: settings } = await shop.stripe.subscriptions.retrieve(
      bought.body.subscription.id,
      {},
      account(),
    );
    expect(settings?.payment_method_types).toEqual(['card']);
  });
});

describe('methods (R3.3)', () => {
  test('the default is followed by another; the only one of a running subscription stays', async () => {
    const ada = await shop.person();
    await shop.confirm((await ada.create()).body.clientSecret);
    await shop.control.settle();
    type Methods = { paymentMethods: { id: string; last4: string; isDefault: boolean }[] } & Problem;
    const [only] = (await ada.get<Methods>('payment-methods')).body.paymentMethods;
    const refused = await ada.post<Methods>('payment-method/detach', { paymentMethodId: only?.id });
    expect([refused.status, refused.body.code]).toEqual([409, 'state_conflict']);
    const customer = String((await ada.row())?.stripeCustomerId);
    const second = await shop.stripe.paymentMethods.attach('pm_card_mastercard', { customer }, account());
    const gone = await ada.post<Methods>('payment-method/detach', { paymentMethodId: only?.id });
    expect(gone.body.paymentMethods.map(({ id }) => id)).toEqual([second.id]);
    const { id } = (await ada.access()).subscription ?? { id: '' };
    const { default_payment_method } = await shop.stripe.subscriptions.retrieve(id, {}, account());
    expect(default_payment_method).toBe(second.id);
    const eve = await shop.person();
    await eve.post('payment-method/attach');
    const foreign = await eve.post<Methods>('payment-method/detach', { paymentMethodId: second.id });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
  });

  test('the portal opens for methods and invoices, not for plans', async () => {
    const ada = await shop.person();
    const before = await ada.post<Problem>('billing-portal', { returnUrl: 'https://example.com/' });
    expect([before.status, before.body.code]).toEqual([409, 'state_conflict']);
    await shop.confirm((await ada.create()).body.clientSecret);
    await shop.control.settle();
    const portal = await ada.post<{ url: string }>('billing-portal', { returnUrl: 'https://example.com/' });
    expect((await fetch(portal.body.url)).status).toBe(200);
    const [configuration] = (await shop.stripe.billingPortal.configurations.list({ limit: 5 }, account()))
      .data;
    expect(configuration?.features).toMatchObject({
      subscription_cancel: { enabled: false },
      subscription_update: { enabled: false },
      payment_method_update: { enabled: true },
    });
    const elsewhere = await ada.post<Problem>('billing-portal', { returnUrl: 'https://evil.example/' });
    expect([elsewhere.status, elsewhere.body.errors?.[0]?.path]).toEqual([400, 'body.returnUrl']);
  });
});

describe('tax (R7.5, R8.2)', () => {
  let taxed: Shop;
  const onTaxed = () => ({ stripeAccount: taxed.account });
  beforeAll(async () => {
    taxed = await openShop(stack);
    const automatic = configuration({
      metadata: {
        currency: 'eur',
        taxConfig: { automatic: true, behavior: 'exclusive', taxCode: 'txcd_10103001' },
      },
    });
    await taxed.putConfig(automatic);
    const setup = await call<{ steps: { id: string; missing: string[] }[] }>('GET', `${taxed.org}/setup`, {
      token: taxed.admin,
    });
    expect(setup.body.steps.find(({ id }) => id === 'price')?.missing[0]).toContain('Stripe Tax');
    const { settings, registrations } = taxed.stripe.tax;
    await settings.update(
      {
        head_office: { address: { country: 'IE', line1: '1 Quay', city: 'Dublin', postal_code: 'D01' } },
        defaults: { tax_code: 'txcd_10103001', tax_behavior: 'exclusive' },
      },
      onTaxed(),
    );
    const standard = { type: 'standard' as const, standard: { place_of_supply_scheme: 'standard' as const } };
    for (const country of ['IE', 'DE'] as const)
      await registrations.create(
        { country, active_from: 'now', country_options: { [country.toLowerCase()]: standard } },
        onTaxed(),
      );
    await taxed.putConfig({ ...automatic, legal: { version: '2' } });
  });

  test('needs to know where the buyer is, and says so', async () => {
    const ada = await taxed.person();
    const reply = await ada.create();
    expect([reply.status, reply.body.detail]).toEqual([409, expect.stringContaining('address')]);
  });

  test('is added for a consumer, shown by the preview, and on the invoice', async () => {
    const ada = await taxed.person();
    await ada.post('billing-details', { address: { country: 'DE', postalCode: '10117' } });
    const preview = await ada.post<{ amountDue: number; tax: number }>('invoice/preview', {
      tierId: 'basic',
    });
    expect(preview.body).toMatchObject({ amountDue: 2261, tax: 361 });
    const bought = await ada.create();
    expect(bought.status).toBe(201);
    await taxed.confirm(bought.body.clientSecret);
    await taxed.control.settle();
    const { body } = await ada.get<{ invoices: { total: number; tax: number }[] }>('invoices');
    expect(body.invoices[0]).toMatchObject({ total: 2261, tax: 361 });
  });

  test('of a company abroad is the company’s to pay: reverse charge', async () => {
    const ada = await taxed.person();
    const details = await ada.post<{ taxId: { verification: string } }>('billing-details', {
      name: 'Ada GmbH',
      address: { country: 'DE', postalCode: '10117' },
      taxId: { type: 'eu_vat', value: 'DE123456789' },
    });
    expect(details.status).toBe(200);
    const preview = await ada.post<{ amountDue: number; tax: number }>('invoice/preview', {
      tierId: 'basic',
    });
    expect(preview.body).toMatchObject({ tax: 0, amountDue: 1900 });
    const wrong = await ada.post<Problem>('billing-details', { taxId: { type: 'eu_vat', value: 'XX' } });
    expect([wrong.status, wrong.body.errors?.[0]?.path]).toEqual([400, 'body.taxId.value']);
    const removed = await ada.post<{ taxId: null }>('billing-details', { taxId: null });
    expect(removed.body.taxId).toBeNull();
  });
});
