import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { day, money, refusal } from './money-shop.ts';
import { client, emulator } from './start.ts';

const { stripe, connect, control, clockTo, now, port, url } = await emulator();
const { pay, types } = money(stripe);

/** Consents to an application and exchanges the code with its owner's key. */
async function consent(clientId: string, scope: string, auto = 'new', key = 'sk_test_platform') {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    scope,
    redirect_uri: 'http://localhost/back',
    auto,
  });
  const answer = await fetch(`${url}/oauth/authorize?${query}`, { redirect: 'manual' });
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const token = await client(port, key).oauth.token({ grant_type: 'authorization_code', code });
  return token.stripe_user_id ?? '';
}

// https://docs.stripe.com/connect/handling-api-verification
describe('requirements', () => {
  it('turn past due at their deadline, and the account works again once they are met', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    await control('PUT', `accounts/${account}/requirements`, {
      currently_due: ['company.tax_id'],
      due_in_days: 7,
    });
    const asked = await stripe.accounts.retrieve(account);
    expect(asked).toMatchObject({
      charges_enabled: true,
      requirements: { currently_due: ['company.tax_id'], past_due: [], disabled_reason: null },
    });
    await clockTo((await now()) + 7 * day + 1);
    expect(await stripe.accounts.retrieve(account)).toMatchObject({
      charges_enabled: false,
      payouts_enabled: false,
      requirements: { past_due: ['company.tax_id'], disabled_reason: 'requirements.past_due' },
    });
    expect((await stripe.accounts.retrieveCapability(account, 'card_payments')).status).toBe('inactive');
    const error = await refusal(pay(account, 1000));
    expect(error.message).toContain('This Connect account cannot currently make live charges.');
    const link = await stripe.accountLinks.create({
      account,
      type: 'account_onboarding',
      refresh_url: 'http://localhost/again',
      return_url: 'http://localhost/done',
    });
    expect(link.expires_at).toBeGreaterThan(link.created);
    expect(await (await fetch(link.url)).text()).toContain('company.tax_id');
    const sent = await fetch(link.url, { method: 'POST', redirect: 'manual' });
    expect(sent.headers.get('location')).toBe('http://localhost/done');
    // "single-use": types, AccountLinks.create
    const again = await fetch(link.url, { redirect: 'manual' });
    expect(again.headers.get('location')).toBe('http://localhost/again');
    expect((await stripe.accounts.retrieve(account)).charges_enabled).toBe(true);
    expect((await pay(account, 1000)).status).toBe('succeeded');
    expect(await types(account, 'account.updated')).toHaveLength(3);
    const { data } = await stripe.accounts.listCapabilities(account);
    expect(data.map(({ id, status }) => [id, status])).toEqual([
      ['card_payments', 'active'],
      ['transfers', 'active'],
    ]);
    expect((await types(account, 'capability.updated')).length).toBeGreaterThanOrEqual(4);
    expect((await stripe.balance.retrieve({}, on)).object).toBe('balance');
  });

  it('are not collected by the platform here (types: AccountLinkCreateParams.type)', async () => {
    const account = await connect();
    const update = stripe.accountLinks.create({
      account,
      type: 'account_update',
      refresh_url: 'http://localhost/',
      return_url: 'http://localhost/',
    });
    expect((await refusal(update)).param).toBe('type');
  });
});

// stripe.md 7
describe('a connection', () => {
  it('that may only read refuses writes', async () => {
    const account = await consent('ca_test_platform', 'read_only');
    const on = { stripeAccount: account };
    expect((await stripe.customers.list({}, on)).data).toEqual([]);
    const error = await refusal(stripe.customers.create({}, on));
    expect(error).toBeInstanceOf(Stripe.errors.StripePermissionError);
    expect(error.code).toBe('more_permissions_required_for_application');
    await consent('ca_test_platform', 'read_write', account);
    expect((await stripe.customers.create({}, on)).object).toBe('customer');
  });

  it.each(['platform', 'account'])('ends when the %s wants, and every call is 403 then', async (side) => {
    const account = await connect();
    if (side === 'platform')
      await stripe.oauth.deauthorize({ client_id: 'ca_test_platform', stripe_user_id: account });
    else await control('POST', `accounts/${account}/deauthorize`);
    const error = await refusal(stripe.customers.list({}, { stripeAccount: account }));
    expect(error).toMatchObject({ statusCode: 403, code: 'account_invalid' });
    const own = client(port, `sk_test_${account}`);
    const { data } = await own.events.list({ type: 'account.application.deauthorized' });
    expect(data[0]).toMatchObject({ account, data: { object: { object: 'application' } } });
    expect((await refusal(stripe.accounts.retrieve(account))).statusCode).toBe(403);
  });

  it("is one application's: codes and deauthorisation are not another's", async () => {
    const other = await connect();
    const owner = `sk_test_${other}`;
    const clientId = `ca_test_${other}`;
    const account = await connect();
    await consent(clientId, 'read_write', account, owner);
    const second = client(port, owner);
    const on = { stripeAccount: account };
    const intent = await second.paymentIntents.create(
      {
        amount: 1000,
        currency: 'usd',
        application_fee_amount: 100,
        confirm: true,
        payment_method: 'pm_card_visa',
        return_url: 'http://localhost/',
      },
      on,
    );
    expect(intent.application).toBe(clientId);
    expect((await second.applicationFees.list()).data).toMatchObject([{ amount: 100, account }]);
    const charge = String(intent.latest_charge);
    const foreign = stripe.refunds.create({ charge, refund_application_fee: true }, on);
    expect((await refusal(foreign)).param).toBe('refund_application_fee');
    const wrong = stripe.oauth.deauthorize({ client_id: clientId, stripe_user_id: account });
    expect(await refusal(wrong)).toMatchObject({ type: 'StripeInvalidClientError' });
    await second.oauth.deauthorize({ client_id: clientId, stripe_user_id: account });
    expect((await refusal(second.customers.list({}, on))).statusCode).toBe(403);
    expect((await stripe.customers.list({}, on)).object).toBe('list');
  });

  it('is of one mode: a client id of the other is refused', async () => {
    const account = await connect();
    const wrong = stripe.oauth.deauthorize({ client_id: 'ca_live_platform', stripe_user_id: account });
    expect(await refusal(wrong)).toMatchObject({ type: 'StripeInvalidClientError' });
  });
});

// types: Accounts
describe('accounts', () => {
  it('are listed newest first, and take metadata', async () => {
    const first = await connect();
    const second = await connect();
    const { data, has_more } = await stripe.accounts.list({ limit: 2 });
    expect(data.map(({ id }) => id)).toEqual([second, first]);
    expect(has_more).toBe(true);
    const next = await stripe.accounts.list({ limit: 1, starting_after: second });
    expect(next.data.map(({ id }) => id)).toEqual([first]);
    expect((await stripe.accounts.update(first, { metadata: { org: '1' } })).metadata).toEqual({ org: '1' });
    const banks = await stripe.accounts.listExternalAccounts(first, { object: 'bank_account' });
    expect(banks.data).toMatchObject([{ object: 'bank_account', currency: 'usd', status: 'new' }]);
  });
});
