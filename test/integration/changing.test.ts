import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

type Changed = {
  subscription: {
    id: string;
    status: string;
    tier: string;
    price: number;
    cancelAtPeriodEnd: boolean;
    currentPeriodEnd: string;
    pendingChange?: { tier: string; at: string };
    pendingPayment?: { tier: string; expiresAt: string };
  };
  confirm: string;
  clientSecret: string | null;
} & Problem;
type Preview = {
  amountDue: number;
  lines: { amount: number; proration: boolean }[];
  prorationDate: string;
  nextPaymentAt: string | null;
  nextAmount: number | null;
};

const yearly: (typeof tiers)[number] = {
  id: 'yearly',
  name: 'Professional',
  price: 99_000,
  interval: 'year',
  features: ['Chat'],
};
let stack: Stack;
let shop: Shop;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, {
    config: configuration({
      pricing: { model: 'subscription', tiers: [...tiers, yearly] },
      stayOffer: { id: 'stay', percentOff: 50, months: 2, message: 'Half the price for two months?' },
    }),
  });
});
afterAll(() => stack?.stop());

/** Somebody who pays `tierId` with a saved card. */
async function customer(tierId = 'basic', card = 'pm_card_visa') {
  const person = await shop.person();
  const bought = await person.create(tierId);
  await shop.confirm(bought.body.clientSecret, card);
  await shop.control.settle();
  const id = bought.body.subscription.id;
  return {
    ...person,
    id,
    update: (body: object, key?: string) => person.post<Changed>('subscription/update', body, key),
    preview: async (body: object) => (await person.post<Preview>('invoice/preview', body)).body,
    cancel: (body: object = {}) =>
      person.post<Changed & { offer?: { id: string } }>('subscription/cancel', body),
    current: async () => (await person.get<Changed>('subscription')).body.subscription,
    atStripe: () =>
      shop.stripe.subscriptions.retrieve(
        id,
        { expand: ['latest_invoice', 'schedule'] },
        { stripeAccount: shop.account },
      ),
  };
}

describe('an upgrade (R3.2)', () => {
  test('comes now, is paid with the saved card, and its invoice equals the preview to the minor unit', async () => {
    const ada = await customer();
    await shop.control.advance('P9DT5H');
    const preview = await ada.preview({ tierId: 'professional' });
    const { prorationDate } = preview;
    const reply = await ada.update({ tierId: 'professional', prorationDate });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ confirm: 'none', clientSecret: null });
    expect(reply.body.subscription).toMatchObject({ tier: 'professional', price: 9900, status: 'active' });
    const { latest_invoice: invoice } = await ada.atStripe();
    if (!invoice || typeof invoice === 'string') throw new Error('no invoice');
    expect(invoice).toMatchObject({ status: 'paid', total: preview.amountDue });
    expect(invoice.lines.data.map(({ amount }) => amount)).toEqual(preview.lines.map(({ amount }) => amount));
    expect(preview.lines.every(({ proration }) => proration)).toBe(true);
    await shop.control.settle();
    expect(await ada.access()).toMatchObject({
      access: 'full',
      tier: 'professional',
      features: ['Chat', 'Workflows'],
    });
  });

  test('whose payment fails leaves the old plan in force, with a way to pay', async () => {
    const ada = await customer();
    await shop.stripe.paymentMethods
      .attach(
        'pm_card_chargeCustomerFail',
        { customer: (await ada.row())?.stripeCustomerId as string },
        { stripeAccount: shop.account },
      )
      .then(({ id }) =>
        shop.stripe.subscriptions.update(
          ada.id,
          { default_payment_method: id },
          { stripeAccount: shop.account },
        ),
      );
    await shop.control.settle();
    const reply = await ada.update({ tierId: 'professional' });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ confirm: 'payment' });
    expect(reply.body.subscription).toMatchObject({
      tier: 'basic',
      status: 'active',
      pendingPayment: { tier: 'professional' },
    });
    await shop.control.settle();
    expect(await ada.access()).toMatchObject({ access: 'full', tier: 'basic' });
    const again = await ada.update({ tierId: 'professional' });
    expect(again.body.clientSecret).toBe(reply.body.clientSecret);
    await shop.confirm(again.body.clientSecret ?? '', 'pm_card_visa');
    await shop.control.settle();
    expect(await ada.access()).toMatchObject({ access: 'full', tier: 'professional' });
    expect((await ada.current()).pendingPayment).toBeUndefined();
  });

  test('to a year collects the year', async () => {
    const ada = await customer('professional');
    const preview = await ada.preview({ tierId: 'yearly' });
    const reply = await ada.update({ tierId: 'yearly', prorationDate: preview.prorationDate });
    expect(reply.body.subscription).toMatchObject({ tier: 'yearly', price: 99_000 });
    const { latest_invoice: invoice } = await ada.atStripe();
    expect(invoice).toMatchObject({ total: preview.amountDue, amount_paid: preview.amountDue });
    expect(preview.amountDue).toBeGreaterThan(99_000 - 9900 - 1);
  });
});

describe('a downgrade (R3.2, peers.md P42, P43)', () => {
  test('comes at the end of the period, by a schedule, and only then', async () => {
    const ada = await customer('professional');
    const before = await ada.current();
    const preview = await ada.preview({ tierId: 'basic' });
    expect(preview).toMatchObject({ amountDue: 0, lines: [], nextAmount: 1900 });
    const reply = await ada.update({ tierId: 'basic' });
    expect(reply.body.subscription).toMatchObject({
      tier: 'professional',
      pendingChange: { tier: 'basic', at: before.currentPeriodEnd },
    });
    await shop.control.settle();
    expect(await ada.access()).toMatchObject({ tier: 'professional' });
    await shop.control.advance('P32D');
    expect(await ada.current()).toMatchObject({ tier: 'basic', price: 1900, status: 'active' });
    expect((await ada.current()).pendingChange).toBeUndefined();
    const { latest_invoice: invoice } = await ada.atStripe();
    expect(invoice).toMatchObject({ total: 1900, status: 'paid' });
  });

  test('is replaced by another change, and taken back by asking for the tier in force', async () => {
    const ada = await customer('professional');
    await ada.update({ tierId: 'basic' });
    const kept = await ada.update({ tierId: 'professional' });
    expect(kept.body.subscription.pendingChange).toBeUndefined();
    expect((await ada.atStripe()).schedule).toBeNull();
    await ada.update({ tierId: 'basic' });
    const up = await ada.update({ tierId: 'yearly' });
    expect(up.body.subscription).toMatchObject({ tier: 'yearly' });
    expect(up.body.subscription.pendingChange).toBeUndefined();
    expect((await ada.atStripe()).schedule).toBeNull();
  });

  test('never touches a schedule the organisation made', async () => {
    const ada = await customer('professional');
    const owner = shop.stripeAs(`sk_test_${shop.account}`);
    const schedule = await owner.subscriptionSchedules.create({ from_subscription: ada.id });
    await shop.control.settle();
    const reply = await ada.update({ tierId: 'basic' });
    expect([reply.status, reply.body.code]).toEqual([409, 'state_conflict']);
    expect((await owner.subscriptionSchedules.retrieve(schedule.id)).status).toBe('active');
  });
});

describe('leaving and staying', () => {
  test('an offer to stay is made once and taken once (R11.3)', async () => {
    const ada = await customer('professional');
    const left = await ada.cancel({ reason: 'too_expensive' });
    expect(left.body.offer).toMatchObject({ id: 'stay', percentOff: 50, months: 2 });
    expect(left.body.subscription.cancelAtPeriodEnd).toBe(true);
    const stayed = await ada.post<Changed>('subscription/accept-offer', { offerId: 'stay' });
    expect(stayed.body).toMatchObject({ subscription: { cancelAtPeriodEnd: false } });
    expect((await ada.post<Changed>('subscription/accept-offer', { offerId: 'stay' })).status).toBe(200);
    await shop.control.advance('P32D');
    expect((await ada.atStripe()).latest_invoice).toMatchObject({ total: 4950 });
    expect((await ada.cancel()).body.offer).toBeUndefined();
    const twice = await ada.post<Changed>('subscription/accept-offer', { offerId: 'stay' });
    expect([twice.status, twice.body.code]).toEqual([409, 'state_conflict']);
  });

  test('cancelling ends what was planned; resuming does not bring it back', async () => {
    const ada = await customer('professional');
    await ada.update({ tierId: 'basic' });
    const left = await ada.cancel();
    expect(left.body.subscription).toMatchObject({ cancelAtPeriodEnd: true });
    expect(left.body.subscription.pendingChange).toBeUndefined();
    const refused = await ada.update({ tierId: 'yearly' });
    expect([refused.status, refused.body.code]).toEqual([409, 'state_conflict']);
    const back = await ada.post<Changed>('subscription/resume');
    expect(back.body.subscription).toMatchObject({ cancelAtPeriodEnd: false, tier: 'professional' });
  });

  test('a renewal that failed is paid by another card, and access is full again (R11.1)', async () => {
    const ada = await customer();
    const customerId = (await ada.row())?.stripeCustomerId as string;
    const options = { stripeAccount: shop.account };
    const bad = await shop.stripe.paymentMethods.attach(
      'pm_card_chargeCustomerFail',
      { customer: customerId },
      options,
    );
    await shop.stripe.subscriptions.update(ada.id, { default_payment_method: bad.id }, options);
    await shop.control.advance('P32D');
    expect(await ada.access()).toMatchObject({ access: 'grace', subscription: { status: 'past_due' } });
    const refused = await ada.update({ tierId: 'professional' });
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('pay it first')]);
    const good = await shop.stripe.paymentMethods.attach('pm_card_visa', { customer: customerId }, options);
    const paid = await ada.post<Changed>('subscription/pay', { paymentMethodId: good.id });
    expect(paid.body).toMatchObject({ confirm: 'none', subscription: { status: 'active' } });
    await shop.control.settle();
    expect(await ada.access()).toMatchObject({ access: 'full' });
    const nothing = await ada.post<Changed>('subscription/pay');
    expect([nothing.status, nothing.body.code]).toEqual([409, 'state_conflict']);
  });
});

test('20 parallel changes of one person: one invoice, one tier', async () => {
  const ada = await customer();
  const replies = await Promise.all(Array.from({ length: 20 }, () => ada.update({ tierId: 'professional' })));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  await shop.control.settle();
  const invoices = await shop.stripe.invoices.list({ subscription: ada.id }, { stripeAccount: shop.account });
  expect(invoices.data.filter(({ billing_reason }) => billing_reason === 'subscription_update')).toHaveLength(
    1,
  );
  expect(await ada.current()).toMatchObject({ tier: 'professional' });
});
