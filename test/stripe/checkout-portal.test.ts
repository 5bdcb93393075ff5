import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { stripe, connect } = await emulator();

// BillingPortal/Configurations.d.ts and Sessions.d.ts; stripe.md 14.1
describe('the billing portal', () => {
  it('has configurations with defaults for what is not given', async () => {
    const { on, product, price } = await shop(stripe, await connect());
    const made = await stripe.billingPortal.configurations.create(
      {
        name: 'Ours',
        business_profile: { headline: 'Hello' },
        features: {
          invoice_history: { enabled: true },
          subscription_update: {
            enabled: true,
            default_allowed_updates: ['price', 'quantity'],
            products: [{ product: product.id, prices: [price.id] }],
          },
        },
      },
      on,
    );
    expect(made).toMatchObject({
      object: 'billing_portal.configuration',
      active: true,
      is_default: false,
      application: 'ca_test_platform',
      business_profile: { headline: 'Hello', privacy_policy_url: null },
      features: {
        customer_update: { enabled: false, allowed_updates: [] },
        subscription_cancel: { enabled: false, mode: 'at_period_end' },
        subscription_update: {
          products: [{ adjustable_quantity: { enabled: false, maximum: null, minimum: 1 } }],
        },
      },
    });
    const changed = await stripe.billingPortal.configurations.update(
      made.id,
      { features: { subscription_cancel: { enabled: true, mode: 'immediately' } }, active: false },
      on,
    );
    expect(changed.features.subscription_cancel).toMatchObject({ enabled: true, mode: 'immediately' });
    expect(changed.features.invoice_history.enabled).toBe(true);
    const listed = await stripe.billingPortal.configurations.list({ active: true }, on);
    expect(listed.data).toEqual([]);
  });

  it('opens a session with a link, and a flow only where the configuration allows it', async () => {
    const { on, customer, price } = await shop(stripe, await connect(), { method: 'pm_card_visa' });
    const { id: subscription } = await stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }] },
      on,
    );
    await expect(stripe.billingPortal.sessions.create({ customer: customer.id }, on)).rejects.toThrow(
      /default configuration has not been created/,
    );
    const { id: configuration } = await stripe.billingPortal.configurations.create(
      {
        features: { subscription_cancel: { enabled: true } },
        default_return_url: 'https://example.com/account',
      },
      on,
    );
    const session = await stripe.billingPortal.sessions.create(
      {
        customer: customer.id,
        configuration,
        flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription } },
      },
      on,
    );
    expect(session).toMatchObject({
      object: 'billing_portal.session',
      return_url: 'https://example.com/account',
      flow: { type: 'subscription_cancel', after_completion: { type: 'portal_homepage' } },
    });
    expect(session.url).toMatch(/\/p\/session\/bps_/);
    await expect(
      stripe.billingPortal.sessions.create(
        { customer: customer.id, configuration, flow_data: { type: 'payment_method_update' } },
        on,
      ),
    ).rejects.toThrow(/not enabled/);
  });
});
