import { expect, test } from 'vitest';
import type { Connection, Organisation, WidgetConfig } from './purchase.ts';
import { goLiveProblems, type Progress, setupSteps } from './setup.ts';

const organisation: Organisation = {
  orgId: 'o',
  name: 'Acme',
  country: 'US',
  plan: 'sell',
  version: 1,
  updatedAt: '',
};
const connection = (more: Partial<Connection> = {}): Connection => ({
  orgId: 'o',
  mode: 'live',
  stripeAccount: 'acct_1',
  status: 'connected',
  chargesEnabled: true,
  payoutsEnabled: true,
  detailsSubmitted: true,
  requirements: [],
  version: 1,
  asOf: 1,
  ...more,
});
const config: WidgetConfig = {
  paymentEnabled: true,
  pricing: {
    model: 'subscription',
    tiers: [{ id: 'basic', name: 'Basic', price: 1900, interval: 'month', features: [] }],
  },
  metadata: { currency: 'usd' },
  widgetId: 'w',
  orgId: 'o',
  mode: 'test',
  stripeConnectId: 'acct_1',
  version: 1,
  updatedAt: '',
  priceIds: {},
  stripeProductIds: {},
};
const ready: Progress = {
  organisation,
  connections: { test: connection({ mode: 'test' }), live: connection() },
  configs: { test: config },
  tested: true,
  mode: 'test',
};
const undone = (progress: Progress) =>
  setupSteps(progress)
    .filter(({ done }) => !done)
    .map(({ id }) => id);

test('five steps, in order, each with what is missing (R2.6)', () => {
  const nothing: Progress = { connections: {}, configs: {}, tested: false };
  expect(setupSteps(nothing).map(({ id }) => id)).toEqual(['enable', 'connect', 'price', 'test', 'live']);
  expect(setupSteps(nothing).every(({ done, missing }) => !done && missing.length > 0)).toBe(true);
  expect(undone(ready)).toEqual(['live']);
  expect(undone({ ...ready, mode: 'live' })).toEqual([]);
});

test.each<[string, Progress, string[]]>([
  ['the plan lapsed', { ...ready, organisation: { ...organisation, plan: 'free' } }, ['enable']],
  ['nobody bought in test mode', { ...ready, tested: false }, ['test']],
  ['payments are off', { ...ready, configs: { test: { ...config, paymentEnabled: false } } }, ['price']],
  [
    'tax is asked for and not set up',
    {
      ...ready,
      configs: { test: { ...config, metadata: { currency: 'usd', taxConfig: { automatic: true } } } },
    },
    ['price'],
  ],
  ['there is no live account', { ...ready, connections: { test: ready.connections.test } }, ['live']],
  [
    'payouts are off (R2.3)',
    { ...ready, connections: { ...ready.connections, live: connection({ payoutsEnabled: false }) } },
    ['live'],
  ],
])('live selling waits while %s', (_, progress, steps) => {
  expect([...new Set(goLiveProblems(progress).map(({ path }) => path))]).toEqual(steps);
});

test('nothing stands in the way of one who is ready', () => expect(goLiveProblems(ready)).toEqual([]));
