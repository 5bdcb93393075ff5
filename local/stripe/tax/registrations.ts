import type { Definition } from '../core/definition.ts';
import { invalidParameter, invalidRequest, notYet } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { TaxRegistrationRow } from '../core/metering-rows.ts';
import { route } from '../core/routes.ts';
import {
  either,
  emptyable,
  hash,
  integer,
  type Kind,
  oneOf,
  paging,
  required,
  string,
} from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { inEurope, ratesAt } from './rates.ts';
import { taxSettings } from './settings.ts';

const options = hash({
  type: required(string),
  state: string,
  standard: hash({ place_of_supply_scheme: oneOf('standard', 'small_seller', 'inbound_goods') }),
  province_standard: hash({ province: required(string) }),
});
export type RegistrationOptions = ReturnType<typeof options.parse>;

/** `country_options[de][type]=standard`: one country's. */
const countryOptions: Kind<Record<string, RegistrationOptions>, false> = {
  required: false,
  parse(value, name) {
    if (typeof value !== 'object' || Array.isArray(value)) throw invalidParameter('Invalid object', name);
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, options.parse(entry, `${name}[${key}]`)]),
    );
  },
};

function statusAt({ active_from, expires_at }: TaxRegistrationRow, now: number) {
  if (expires_at !== null && expires_at <= now) return 'expired';
  return active_from > now ? 'scheduled' : 'active';
}

export const taxRegistrationDefinition: Definition<'tax.registration'> = {
  due: (row) =>
    row.status === 'scheduled' ? row.active_from : row.status === 'active' ? row.expires_at : null,
  run(tx, row) {
    row.status = statusAt(row, tx.now);
  },
};

/** The state or province a registration is for, or null for the whole country. */
export function stateOf({ _: { options: own } }: TaxRegistrationRow): string | null {
  return own.state?.toUpperCase() ?? own.province_standard?.province.toUpperCase() ?? null;
}

const types = {
  europe: ['standard', 'oss_union', 'oss_non_union', 'ioss'],
  US: ['state_sales_tax'],
  CA: ['standard', 'simplified', 'province_standard'],
};

function check(country: string, own: RegistrationOptions, at: string) {
  const allowed = inEurope(country)
    ? types.europe
    : country === 'US' || country === 'CA'
      ? types[country]
      : ['standard', 'simplified'];
  if (!allowed.includes(own.type)) throw notYet(`tax registrations of the type ${own.type} in ${country}`);
  if (own.type === 'ioss' || own.standard?.place_of_supply_scheme === 'inbound_goods')
    throw notYet('tax on goods sent across a border');
  if (country === 'US' && !own.state)
    throw invalidRequest(`Missing required param: ${at}[state].`, `${at}[state]`, 'parameter_missing');
  if (own.type === 'province_standard' && !own.province_standard)
    throw invalidRequest(
      `Missing required param: ${at}[province_standard].`,
      `${at}[province_standard]`,
      'parameter_missing',
    );
  const state = own.state ?? own.province_standard?.province ?? (country === 'CA' ? 'ON' : null);
  if (!ratesAt(country, state?.toUpperCase() ?? null))
    throw notYet(`the tax rates of ${country}${state ? ` ${state}` : ''}`);
}

/** Registrations in force now. */
export function activeRegistrations(tx: Tx): TaxRegistrationRow[] {
  return [...tx.each('tax.registration')].filter((row) => statusAt(row, tx.now) === 'active');
}

/** https://docs.stripe.com/tax/registrations-api */
export const taxRegistrationRoutes = [
  route(
    'POST',
    '/v1/tax/registrations',
    {
      active_from: required(either(integer, oneOf('now'))),
      country: required(string),
      country_options: required(countryOptions),
      expires_at: integer,
    },
    ({ tx, params }) => {
      const country = params.country.toUpperCase();
      if (!taxSettings(tx).head_office)
        throw invalidRequest(
          'You must set a head office address before you can add a tax registration. Use the Tax Settings API to set one.',
        );
      const key = country.toLowerCase();
      const own = params.country_options[key];
      const at = `country_options[${key}]`;
      if (!own || Object.keys(params.country_options).length > 1)
        throw invalidRequest(`You must specify \`${at}\`, and no other country.`, 'country_options');
      check(country, own, at);
      const row: TaxRegistrationRow = {
        id: newId('taxreg'),
        object: 'tax.registration',
        active_from: params.active_from === 'now' ? tx.now : params.active_from,
        country,
        country_options: { [key]: country === 'US' ? own : { ...own } },
        created: tx.now,
        expires_at: params.expires_at ?? null,
        livemode: tx.livemode,
        status: 'active',
        _: { options: own },
      };
      if (row.expires_at !== null && row.expires_at <= row.active_from)
        throw invalidRequest('`expires_at` must be after `active_from`.', 'expires_at');
      row.status = statusAt(row, tx.now);
      for (const other of activeRegistrations(tx))
        if (other.country === country && other._.options.type === own.type && stateOf(other) === stateOf(row))
          throw invalidRequest(
            `You already have an active registration of this type in ${country}.`,
            'country',
          );
      return tx.put('tax.registration', row);
    },
  ),
  route(
    'GET',
    '/v1/tax/registrations',
    { ...paging, status: oneOf('active', 'all', 'expired', 'scheduled') },
    ({ tx, params }) =>
      tx.page('tax.registration', '/v1/tax/registrations', params, {
        where: ({ status }) =>
          params.status === undefined || params.status === 'all' || status === params.status,
      }),
  ),
  route('GET', '/v1/tax/registrations/:id', {}, ({ tx, id }) => tx.need('tax.registration', id)),
  route(
    'POST',
    '/v1/tax/registrations/:id',
    { active_from: either(integer, oneOf('now')), expires_at: emptyable(either(integer, oneOf('now'))) },
    ({ tx, id, params }) => {
      const row = tx.need('tax.registration', id);
      if (params.active_from !== undefined)
        row.active_from = params.active_from === 'now' ? tx.now : params.active_from;
      if (params.expires_at !== undefined)
        row.expires_at = params.expires_at === 'now' ? tx.now : params.expires_at;
      row.status = statusAt(row, tx.now);
      return row;
    },
  ),
];
