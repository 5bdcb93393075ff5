import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copiesOf, keys, near } from './keys.ts';

test('whoever reads finds a copy that every write reaches', () => {
  const records = [
    keys.organisation('acme'),
    keys.account('live', 'acct_1'),
    keys.widget('w'),
    keys.config('test', 'w'),
    keys.exchangeRates(),
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...records), fc.string(), (record, reader) => {
      expect([record, ...copiesOf(record)]).toContainEqual(near(record as (typeof records)[0], reader));
    }),
  );
});

test('what belongs to one person, and what webhooks write, lies once', () => {
  for (const record of [
    keys.subscriber('test', 'w', 'u'),
    keys.connection('test', 'acme'),
    keys.configVersion('test', 'w', 3),
    keys.exchangeRates('2026-11-24'),
  ])
    expect(copiesOf(record)).toEqual([]);
});
