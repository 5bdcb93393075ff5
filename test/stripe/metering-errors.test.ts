import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { emulator, receiver } from './start.ts';

const { clockTo, connect, control, now, stripe } = await emulator();

it('usage that counts nowhere is told by thin events when its window is over, errors gathered by kind (T:V2/Core/Events V1BillingMeterErrorReportTriggeredEvent)', async () => {
  const hook = await receiver();
  const destination = await stripe.v2.core.eventDestinations.create({
    name: 'Meter errors',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    events_from: ['@accounts'],
    enabled_events: ['v1.billing.meter.error_report_triggered', 'v1.billing.meter.no_meter_found'],
    include: ['webhook_endpoint.signing_secret'],
    webhook_endpoint: { url: hook.url },
  });
  const stripeAccount = await connect();
  const on = { stripeAccount };
  const meter = await stripe.billing.meters.create(
    { display_name: 'Calls', event_name: 'calls', default_aggregation: { formula: 'sum' } },
    on,
  );
  const tell = (event_name: string, payload: Stripe.MetadataParam) =>
    stripe.billing.meterEvents.create({ event_name, payload: payload as Record<string, string> }, on);
  await tell('calls', { stripe_customer_id: 'cus_none', value: '1' });
  await tell('calls', { stripe_customer_id: 'cus_none', value: '1' });
  await tell('calls', { value: '1' });
  await tell('unheard_of', { stripe_customer_id: 'cus_none', value: '1' });
  expect(hook.received).toEqual([]);
  await clockTo((await now()) + 120);
  while (!(await control('GET', 'idle')).idle) await new Promise((resolve) => setTimeout(resolve, 5));
  const told = hook.received.map(({ body, headers }) =>
    stripe.parseEventNotification(
      body,
      String(headers['stripe-signature']),
      destination.webhook_endpoint?.signing_secret ?? '',
    ),
  );
  expect(told.map(({ type }) => type).sort()).toEqual([
    'v1.billing.meter.error_report_triggered',
    'v1.billing.meter.no_meter_found',
  ]);
  const report = told.find(({ type }) => type.endsWith('triggered'));
  if (report?.type !== 'v1.billing.meter.error_report_triggered') throw new Error('no report');
  expect(report.related_object).toEqual({
    id: meter.id,
    type: 'billing.meter',
    url: `/v1/billing/meters/${meter.id}`,
  });
  expect(await report.fetchRelatedObject()).toMatchObject({ id: meter.id });
  const { data, ...event } = await report.fetchEvent();
  expect(event).not.toHaveProperty('snapshot_event');
  expect(data.reason).toMatchObject({
    error_count: 3,
    error_types: [
      { code: 'meter_event_customer_not_found', error_count: 2 },
      { code: 'meter_event_no_customer_defined', error_count: 1 },
    ],
  });
  expect(Date.parse(data.validation_end)).toBeGreaterThan(Date.parse(data.validation_start));
  // What has no snapshot is in no list of snapshots.
  const snapshots = await stripe.events.list({ limit: 100 }, on);
  expect(snapshots.data.filter(({ type }) => /error_report|no_meter/.test(type))).toEqual([]);
  await expect(stripe.events.retrieve(event.id.replace('_test', ''), {}, on)).rejects.toThrow(
    Stripe.errors.StripeInvalidRequestError,
  );
});
