import { expect, test } from 'vitest';
import { configChanges } from './config-changes.ts';

const tier = (id: string, price: number) => ({ id, price, features: ['Chat'] });

test('a change is named by its path; a moved tier is none', () => {
  const before = { paymentEnabled: true, pricing: { tiers: [tier('a', 1900), tier('b', 9900)] } };
  const after = {
    paymentEnabled: false,
    pricing: { tiers: [tier('b', 9900), tier('a', 2900)], trialDays: 14 },
  };
  expect(configChanges(before, after)).toEqual([
    { path: 'paymentEnabled', from: true, to: false },
    { path: 'pricing.tiers.a.price', from: 1900, to: 2900 },
    { path: 'pricing.trialDays', to: 14 },
  ]);
  expect(configChanges(after, after)).toEqual([]);
});

test('what came and went shows one side only', () => {
  const changes = configChanges({ tiers: [tier('a', 1)] }, { tiers: [tier('b', 2)] });
  expect(changes).toEqual([
    { path: 'tiers.a.features', from: ['Chat'] },
    { path: 'tiers.a.price', from: 1 },
    { path: 'tiers.b.features', to: ['Chat'] },
    { path: 'tiers.b.price', to: 2 },
  ]);
});
