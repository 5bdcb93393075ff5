import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import type { TaxRateRow } from '../core/metering-rows.ts';
import type { Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import type { PlaceRate } from './rates.ts';

export const taxRateDefinition: Definition<'tax_rate'> = {
  events(before, after) {
    if (!after || after._.automatic) return [];
    if (!before) return ['tax_rate.created'];
    return unchanged(before, after) ? [] : ['tax_rate.updated'];
  },
  refs: (row) => ({ automatic: row._.automatic }),
};

const countries = new Intl.DisplayNames('en', { type: 'region' });

/** The rate object Stripe Tax shows for a rate of its own: the same one each time. */
export function autoRate(tx: Tx, rate: PlaceRate, inclusive: boolean): TaxRateRow {
  const { country, state, percentage, type, name, level } = rate;
  const key = [country, state, type, percentage, inclusive].join(' ');
  for (const known of tx.each('tax_rate', { field: 'automatic', value: key })) return known;
  return tx.put('tax_rate', {
    id: newId('txr'),
    object: 'tax_rate',
    active: false,
    country,
    created: tx.now,
    description: null,
    display_name: name,
    effective_percentage: Number(percentage),
    flat_amount: null,
    inclusive,
    jurisdiction: level === 'state' ? state : (countries.of(country) ?? country),
    jurisdiction_level: level,
    livemode: tx.livemode,
    metadata: {},
    percentage: Number(percentage),
    rate_type: 'percentage',
    state,
    tax_type: type,
    _: { automatic: key },
  });
}
