import { currencyOf } from '../core/currencies.ts';
import { invalidRequest, notYet } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { TaxCalculationRow } from '../core/metering-rows.ts';
import { route } from '../core/routes.ts';
import { hash, integer, list, metadata, oneOf, paging, required, string, text } from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { codeOf, isInclusive, sellerOf } from './apply-tax.ts';
import { type Place, placeOf, placeOfCustomer } from './place.ts';
import { type Buyer, type Share, taxesOf } from './reckon.ts';
import { needActiveTax, taxSettings } from './settings.ts';
import { taxIdsOf } from './tax-ids.ts';

const keptSeconds = 90 * 86_400;
const address = hash({
  city: text,
  country: required(string),
  line1: text,
  line2: text,
  postal_code: text,
  state: text,
});
const details = hash({
  address,
  address_source: oneOf('billing', 'shipping'),
  tax_ids: list(hash({ type: required(string), value: required(string) })),
  taxability_override: oneOf('customer_exempt', 'none', 'reverse_charge'),
});
const lineItem = hash({
  amount: required(integer),
  metadata,
  product: string,
  quantity: integer,
  reference: string,
  tax_behavior: oneOf('exclusive', 'inclusive'),
  tax_code: string,
});
type Details = ReturnType<typeof details.parse>;

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** Who buys: a customer as stored, or what was told of them. 400 customer_tax_location_invalid. */
function buyerOf(tx: Tx, customer: string | undefined, given: Details | undefined) {
  const row = customer === undefined ? undefined : tx.need('customer', customer, 'customer');
  const place: Place | null = given?.address ? placeOf(given.address) : row ? placeOfCustomer(row) : null;
  if (!place)
    throw invalidRequest(
      "We could not determine the customer's tax location based on the provided customer address.",
      'customer_details[address]',
      'customer_tax_location_invalid',
    );
  const ids =
    given?.tax_ids ??
    (row ? taxIdsOf(tx, row.id).map(({ type, value }) => ({ type: String(type), value })) : []);
  const override = given?.taxability_override ?? 'none';
  const exempt =
    override === 'customer_exempt' || row?.tax_exempt === 'exempt'
      ? 'exempt'
      : override === 'reverse_charge' || row?.tax_exempt === 'reverse'
        ? 'reverse'
        : 'none';
  const buyer: Buyer = { place, exempt, taxIds: ids.map(({ type }) => type) };
  const shown = {
    address: { ...noAddress, ...(given?.address ?? row?.address) },
    address_source:
      given?.address_source ?? (place.source === 'shipping_destination' ? 'shipping' : 'billing'),
    ip_address: null,
    tax_ids: ids,
    taxability_override: override,
  };
  return { buyer, shown };
}

function lineBreakdown({ rate, amount, taxable, reason }: Share) {
  return {
    amount,
    jurisdiction: {
      country: rate.country,
      display_name: rate.state ?? rate.country,
      level: rate.level,
      state: rate.state,
    },
    sourcing: 'destination',
    tax_rate_details: { display_name: rate.name, percentage_decimal: rate.percentage, tax_type: rate.type },
    taxability_reason: reason,
    taxable_amount: taxable,
  };
}

/** The same taxes over all lines. */
function wholeBreakdown(parts: { share: Share; inclusive: boolean }[]) {
  const sums = new Map<
    string,
    { amount: number; taxable_amount: number; share: Share; inclusive: boolean }
  >();
  for (const { share, inclusive } of parts) {
    const key = [share.rate.state, share.rate.type, share.rate.percentage, share.reason, inclusive].join(' ');
    const sum = sums.get(key) ?? { amount: 0, taxable_amount: 0, share, inclusive };
    sum.amount += share.amount;
    sum.taxable_amount += share.taxable;
    sums.set(key, sum);
  }
  return [...sums.values()].map(({ share, ...rest }) => ({
    ...rest,
    tax_rate_details: {
      country: share.rate.country,
      flat_amount: null,
      percentage_decimal: share.rate.percentage,
      rate_type: 'percentage',
      state: share.rate.state,
      tax_type: share.rate.type,
    },
    taxability_reason: share.reason,
  }));
}

export const taxCalculationVirtuals = {
  'tax.calculation': {
    line_items: (tx: Tx, id: string) => linesOf(tx, id),
  },
};

function linesOf(tx: Tx, id: string) {
  const { lines } = tx.need('tax.calculation', id)._;
  return { object: 'list', data: lines, has_more: false, url: `/v1/tax/calculations/${id}/line_items` };
}

/** https://docs.stripe.com/api/tax/calculations */
export const taxCalculationRoutes = [
  route(
    'POST',
    '/v1/tax/calculations',
    {
      currency: required(string),
      customer: string,
      customer_details: details,
      line_items: required(list(lineItem)),
      tax_date: integer,
    },
    ({ tx, params }) => {
      needActiveTax(tx);
      const currency = currencyOf(params.currency);
      const { buyer, shown } = buyerOf(tx, params.customer, params.customer_details);
      if (params.tax_date !== undefined && Math.abs(params.tax_date - tx.now) > 86_400)
        throw notYet('tax rates of another day');
      const seller = sellerOf(tx);
      const id = newId('taxcalc');
      const parts: { share: Share; inclusive: boolean }[] = [];
      const lines = params.line_items.map((line, index) => {
        const code =
          line.tax_code ?? (line.product ? codeOf(tx, line.product) : taxSettings(tx).defaults.tax_code);
        const inclusive = isInclusive(tx, line.tax_behavior, currency);
        const shares = taxesOf({ amount: line.amount, code, inclusive }, buyer, seller);
        parts.push(...shares.map((share) => ({ share, inclusive })));
        return {
          id: `tax_li_${id.slice(8)}${index}`,
          object: 'tax.calculation_line_item',
          amount: line.amount,
          amount_tax: shares.reduce((sum, { amount }) => sum + amount, 0),
          livemode: tx.livemode,
          metadata: mergeMetadata({}, line.metadata),
          performance_location: null,
          product: line.product ?? null,
          quantity: line.quantity ?? 1,
          reference: line.reference ?? `L${index + 1}`,
          tax_behavior: inclusive ? 'inclusive' : 'exclusive',
          tax_breakdown: shares.map(lineBreakdown),
          tax_code: code ?? '',
        };
      });
      if (new Set(lines.map(({ reference }) => reference)).size < lines.length)
        throw invalidRequest('Each line item must have a unique reference.', 'line_items');
      const sum = (inside: boolean) =>
        parts.reduce((total, { share, inclusive }) => total + (inclusive === inside ? share.amount : 0), 0);
      return tx.put('tax.calculation', {
        id,
        object: 'tax.calculation',
        amount_total: lines.reduce((total, { amount }) => total + amount, 0) + sum(false),
        currency,
        customer: params.customer ?? null,
        customer_details: shown as TaxCalculationRow['customer_details'],
        expires_at: tx.now + keptSeconds,
        livemode: tx.livemode,
        ship_from_details: null,
        shipping_cost: null,
        tax_amount_exclusive: sum(false),
        tax_amount_inclusive: sum(true),
        tax_breakdown: wholeBreakdown(parts) as TaxCalculationRow['tax_breakdown'],
        tax_date: params.tax_date ?? tx.now,
        _: { lines },
      });
    },
  ),
  route('GET', '/v1/tax/calculations/:id', {}, ({ tx, id }) => tx.need('tax.calculation', id)),
  route('GET', '/v1/tax/calculations/:id/line_items', paging, ({ tx, id }) => linesOf(tx, id)),
];
