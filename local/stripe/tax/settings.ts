import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import type { TaxSettingsRow } from '../core/metering-rows.ts';
import { route } from '../core/routes.ts';
import { hash, oneOf, required, string, text } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';

const id = 'tax_settings';

function shownSettings({ id: _id, ...settings }: TaxSettingsRow) {
  return settings;
}

export const taxSettingsDefinition: Definition<'tax.settings'> = {
  events: (before, after) => (before && after && !unchanged(before, after) ? ['tax.settings.updated'] : []),
  // There is one for each account and mode; it has no id.
  shown: shownSettings,
};

/** The account's settings; pending until it has a head office. https://docs.stripe.com/tax/settings-api */
export function taxSettings(tx: Tx): TaxSettingsRow {
  return (
    tx.get('tax.settings', id) ??
    tx.put('tax.settings', {
      id,
      object: 'tax.settings',
      defaults: { provider: 'stripe', tax_behavior: null, tax_code: null },
      head_office: null,
      livemode: tx.livemode,
      status: 'pending',
      status_details: { pending: { missing_fields: ['head_office', 'defaults.tax_code'] } },
      _: {},
    })
  );
}

/** Throws 400 as long as taxes cannot be reckoned at all. */
export function needActiveTax(tx: Tx) {
  if (taxSettings(tx).status === 'active') return;
  const mode = tx.livemode ? 'live' : 'test';
  throw invalidRequest(
    `You must have a valid head office address to enable automatic tax calculation in ${mode} mode. Visit https://dashboard.stripe.com/${mode === 'test' ? 'test/' : ''}settings/tax to update it.`,
    'automatic_tax',
  );
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
const address = hash({
  city: text,
  country: required(string),
  line1: text,
  line2: text,
  postal_code: text,
  state: text,
});

export const taxSettingsRoutes = [
  route('GET', '/v1/tax/settings', {}, ({ tx }) => shownSettings(taxSettings(tx))),
  route(
    'POST',
    '/v1/tax/settings',
    {
      defaults: hash({
        tax_behavior: oneOf('exclusive', 'inclusive', 'inferred_by_currency'),
        tax_code: string,
      }),
      head_office: hash({ address: required(address) }),
    },
    ({ tx, params }) => {
      const row = taxSettings(tx);
      tx.unit.step();
      row.defaults = { ...row.defaults, ...params.defaults };
      if (params.head_office)
        row.head_office = { address: { ...noAddress, ...params.head_office.address } as never };
      const missing = [
        ...(row.head_office ? [] : ['head_office']),
        ...(row.defaults.tax_code === null ? ['defaults.tax_code'] : []),
      ];
      row.status = missing.length === 0 ? 'active' : 'pending';
      row.status_details = missing.length === 0 ? { active: {} } : { pending: { missing_fields: missing } };
      return shownSettings(row);
    },
  ),
];
