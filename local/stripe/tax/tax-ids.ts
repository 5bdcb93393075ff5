import type { Definition } from '../core/definition.ts';
import { invalidRequest, missing } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { TaxIdRow } from '../core/metering-rows.ts';
import { route } from '../core/routes.ts';
import { hash, list, paging, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { inEurope } from './rates.ts';

export const taxIdDefinition: Definition<'tax_id'> = {
  events(before, after) {
    if (!after) return ['customer.tax_id.deleted'];
    if (!before) return ['customer.tax_id.created'];
    return unchanged(before, after) ? [] : ['customer.tax_id.updated'];
  },
  refs: (row) => ({ customer: row._.customer }),
  due: (row) => row._.verifiesAt,
  run(_tx, row) {
    row._.verifiesAt = null;
    if (row.verification) row.verification = { ...row.verification, ...verdict(row.value) };
  },
};

/** Test values. https://docs.stripe.com/billing/customer/tax-ids#test-magic-tax-ids */
function verdict(value: string) {
  const digits = value.replaceAll(/\D/g, '');
  const name = { verified_address: '123 TEST STREET', verified_name: 'TEST' };
  if (digits.startsWith('000000000')) return { status: 'verified', ...name };
  if (digits.startsWith('111111111')) return { status: 'unverified' };
  return { status: digits.startsWith('222222222') ? 'pending' : 'unavailable' };
}

/** Types whose authority can be asked. https://docs.stripe.com/billing/customer/tax-ids#validation */
const verifiable = new Set(['au_abn', 'eu_vat', 'gb_vat']);
const verifySeconds = 5;

/** How the common types are written; others may be anything. Same page, "Supported Tax ID types". */
const formats: Record<string, RegExp> = {
  au_abn: /^\d{11}$/,
  br_cnpj: /^\d{2}\.?\d{3}\.?\d{3}\/?\d{4}-?\d{2}$/,
  br_cpf: /^\d{3}\.?\d{3}\.?\d{3}-?\d{2}$/,
  ca_bn: /^\d{9}$/,
  ca_gst_hst: /^\d{9}RT\d{4}$/,
  ca_qst: /^\d{10}TQ\d{4}$/,
  ch_vat: /^CHE-?\d{3}\.?\d{3}\.?\d{3} ?(MWST|TVA|IVA)$/,
  eu_oss_vat: /^EU\d{9}$/,
  eu_vat: /^(AT ?U\w{8}|[A-Z]{2} ?[0-9A-Z]{8,12})$/,
  gb_vat: /^(GB)? ?(\d{9}|\d{12})$/,
  in_gst: /^\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]$/,
  jp_trn: /^T\d{13}$/,
  mx_rfc: /^[A-ZÑ&]{3,4}\d{6}[0-9A-Z]{3}$/,
  no_vat: /^\d{9}MVA$/,
  nz_gst: /^\d{8,9}$/,
  sg_gst: /^(M\d{8}[A-Z]|\d{9}[A-Z])$/,
  us_ein: /^\d{2}-?\d{7}$/,
  za_vat: /^4\d{9}$/,
};
/** Digits (or letters) after the country of an EU VAT number. */
const europeLengths: Record<string, RegExp> = {
  BE: /^[01]\d{9}$/,
  DE: /^\d{9}$/,
  DK: /^\d{8}$/,
  ES: /^[0-9A-Z]\d{7}[0-9A-Z]$/,
  FR: /^[0-9A-Z]{2}\d{9}$/,
  IE: /^\d[0-9A-Z]\d{5}[A-Z]{1,2}$/,
  IT: /^\d{11}$/,
  NL: /^\d{9}B\d{2}$/,
  PL: /^\d{10}$/,
  PT: /^\d{9}$/,
  SE: /^\d{12}$/,
};

function valid(type: string, value: string) {
  if (!(formats[type]?.test(value) ?? value.length > 0)) return false;
  if (type !== 'eu_vat') return true;
  const code = value.slice(0, 2);
  const country = code === 'EL' ? 'GR' : code;
  if (country !== 'XI' && !inEurope(country)) return false;
  return europeLengths[country]?.test(value.slice(2).trim()) ?? true;
}

function countryOf(type: string, value: string) {
  if (type !== 'eu_vat') return type === 'eu_oss_vat' ? null : type.slice(0, 2).toUpperCase();
  return value.startsWith('EL') ? 'GR' : value.slice(0, 2);
}

export function addTaxId(
  tx: Tx,
  customer: string,
  { type, value }: { type: string; value: string },
): TaxIdRow {
  if (!valid(type, value)) throw invalidRequest(`Invalid value for ${type}.`, 'value', 'tax_id_invalid');
  const checked = verifiable.has(type);
  return tx.put('tax_id', {
    id: newId('txi'),
    object: 'tax_id',
    country: countryOf(type, value),
    created: tx.now,
    customer,
    customer_account: null,
    livemode: tx.livemode,
    owner: { customer, customer_account: null, type: 'customer' },
    type: type as TaxIdRow['type'],
    value,
    verification: checked ? { status: 'pending', verified_address: null, verified_name: null } : null,
    _: { customer, verifiesAt: checked ? tx.now + verifySeconds : null },
  });
}

/** Oldest first. */
export function taxIdsOf(tx: Tx, customer: string): TaxIdRow[] {
  return [...tx.each('tax_id', { field: 'customer', value: customer })].reverse();
}

function ofCustomer(tx: Tx, customer: string, id: string): TaxIdRow {
  const row = tx.need('tax_id', id);
  if (row._.customer !== customer) throw missing('tax_id', id, 'id');
  return row;
}

export const taxIdData = list(hash({ type: required(string), value: required(string) }));

export const taxIdRoutes = [
  route(
    'POST',
    '/v1/customers/:id/tax_ids',
    { type: required(string), value: required(string) },
    ({ tx, id, params }) => addTaxId(tx, tx.need('customer', id).id, params),
  ),
  route('GET', '/v1/customers/:id/tax_ids', paging, ({ tx, id, params }) => {
    tx.need('customer', id);
    const ref = { field: 'customer', value: id };
    return tx.page('tax_id', `/v1/customers/${id}/tax_ids`, params, { ref });
  }),
  route('GET', '/v1/customers/:id/tax_ids/:tax_id', {}, ({ tx, path }) =>
    ofCustomer(tx, path[0] ?? '', path[1] ?? ''),
  ),
  route('DELETE', '/v1/customers/:id/tax_ids/:tax_id', {}, ({ tx, path }) => {
    const { id } = ofCustomer(tx, path[0] ?? '', path[1] ?? '');
    tx.remove(id);
    return { id, object: 'tax_id', deleted: true };
  }),
];
