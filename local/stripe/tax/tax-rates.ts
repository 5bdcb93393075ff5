import type Stripe from 'stripe';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import {
  boolean,
  decimal,
  metadata,
  moments,
  oneOf,
  paging,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';

const fields = {
  active: boolean,
  country: string,
  description: text,
  jurisdiction: string,
  metadata,
  state: string,
  tax_type: oneOf('gst', 'hst', 'igst', 'jct', 'pst', 'qst', 'rst', 'sales_tax', 'service_tax', 'vat'),
};

/** The ids of rates that may be applied. 400 for one that is archived or unknown. */
export function checkTaxRates(tx: Tx, ids: string[], param: string): string[] {
  ids.forEach((id, index) => {
    if (!tx.need('tax_rate', id, `${param}[${index}]`).active)
      throw invalidRequest(`The tax rate ${id} is archived and cannot be used.`, `${param}[${index}]`);
  });
  if (ids.length > 5) throw invalidRequest('Array must have at most 5 elements', param);
  return ids;
}

/** The rates of `default_tax_rates` as objects show them; null unsets. They and automatic tax exclude each other. */
export function defaultRates(tx: Tx, ids: string[] | null, automatic: boolean): Stripe.TaxRate[] {
  if (automatic && ids && ids.length > 0)
    throw invalidRequest(
      'You cannot set `default_tax_rates` when automatic tax is enabled.',
      'default_tax_rates',
    );
  const chosen = checkTaxRates(tx, ids ?? [], 'default_tax_rates');
  return chosen.map((id) => shown(tx.need('tax_rate', id)) as unknown as Stripe.TaxRate);
}

/** https://docs.stripe.com/api/tax_rates */
export const taxRateRoutes = [
  route(
    'POST',
    '/v1/tax_rates',
    {
      ...fields,
      display_name: required(string),
      inclusive: required(boolean),
      percentage: required(decimal),
    },
    ({ tx, params }) => {
      const { percentage } = params;
      if (percentage < 0 || percentage > 100 || Number(percentage.toFixed(4)) !== percentage)
        throw invalidRequest(
          'Invalid percentage: must be between 0 and 100 with at most four decimal places.',
          'percentage',
        );
      return tx.put('tax_rate', {
        id: newId('txr'),
        object: 'tax_rate',
        active: params.active ?? true,
        country: params.country?.toUpperCase() ?? null,
        created: tx.now,
        description: params.description ?? null,
        display_name: params.display_name,
        effective_percentage: percentage,
        flat_amount: null,
        inclusive: params.inclusive,
        jurisdiction: params.jurisdiction ?? null,
        jurisdiction_level: null,
        livemode: tx.livemode,
        metadata: mergeMetadata({}, params.metadata),
        percentage,
        rate_type: 'percentage',
        state: params.state ?? null,
        tax_type: params.tax_type ?? null,
        _: { automatic: null },
      });
    },
  ),
  route(
    'GET',
    '/v1/tax_rates',
    { ...paging, active: boolean, created: moments, inclusive: boolean },
    ({ tx, params }) =>
      tx.page('tax_rate', '/v1/tax_rates', params, {
        where: (row) =>
          row._.automatic === null &&
          (params.active === undefined || row.active === params.active) &&
          (params.inclusive === undefined || row.inclusive === params.inclusive) &&
          within(row.created, params.created),
      }),
  ),
  route('GET', '/v1/tax_rates/:id', {}, ({ tx, id }) => tx.need('tax_rate', id)),
  route('POST', '/v1/tax_rates/:id', { ...fields, display_name: string }, ({ tx, id, params }) => {
    const row = tx.need('tax_rate', id);
    const { metadata: change, ...rest } = params;
    const known = Object.fromEntries(
      Object.entries(rest).filter(([key]) => key in fields || key === 'display_name'),
    );
    return Object.assign(row, known, { metadata: mergeMetadata(row.metadata, change) });
  }),
];
