import { optionOf } from '../billing/amount.ts';
import { type CustomerRow, type InvoiceRow, idOf, type LineRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { autoRate } from './auto-rates.ts';
import { placeOfCustomer } from './place.ts';
import { manualTaxes, taxesOf } from './reckon.ts';
import { activeRegistrations } from './registrations.ts';
import { needActiveTax, taxSettings } from './settings.ts';
import { taxIdsOf } from './tax-ids.ts';

type Tax = NonNullable<LineRow['taxes']>[number];

/** Of what is left of a line after discounts and credits, in minor units. */
function taxable(line: LineRow) {
  const off = [...(line.discount_amounts ?? []), ...(line.pretax_credit_amounts ?? [])];
  return line.amount - off.reduce((sum, { amount }) => sum + amount, 0);
}

/** How a price holds its tax: as it says, else as the account says. https://docs.stripe.com/tax/products-prices-tax-categories-tax-behavior */
export function isInclusive(tx: Tx, behavior: string | null | undefined, currency: string) {
  if (behavior === 'inclusive' || behavior === 'exclusive') return behavior === 'inclusive';
  const { tax_behavior: fallback } = taxSettings(tx).defaults;
  if (fallback === 'inferred_by_currency') return currency !== 'usd' && currency !== 'cad';
  return fallback === 'inclusive';
}

function behaviorOf(tx: Tx, line: LineRow) {
  const price = tx.get('price', line.pricing?.price_details?.price ?? null);
  return price && optionOf({ ...price, _: { ...price._, currency: line.currency } }).taxBehavior;
}

export function codeOf(tx: Tx, product: string | null | undefined): string | null {
  return idOf(tx.get('product', product ?? null)?.tax_code) ?? taxSettings(tx).defaults.tax_code;
}

/** Who sells, and where they collect. */
export function sellerOf(tx: Tx) {
  const country = taxSettings(tx).head_office?.address.country ?? null;
  return { country, registrations: activeRegistrations(tx) };
}

function automaticTaxes(tx: Tx, invoice: InvoiceRow, customer: CustomerRow): Map<LineRow, Tax[]> | undefined {
  const place = placeOfCustomer(customer);
  if (!place) return undefined;
  const seller = sellerOf(tx);
  const { tax_exempt } = customer;
  const exempt = tax_exempt === 'exempt' ? 'exempt' : tax_exempt === 'reverse' ? 'reverse' : 'none';
  const buyer = { place, exempt, taxIds: taxIdsOf(tx, customer.id).map(({ type }) => String(type)) } as const;
  return new Map(
    invoice.lines.data.map((line) => {
      const inclusive = isInclusive(tx, behaviorOf(tx, line), invoice.currency);
      const given = {
        amount: taxable(line),
        code: codeOf(tx, line.pricing?.price_details?.product),
        inclusive,
      };
      const taxes = taxesOf(given, buyer, seller).map(
        (share): Tax => ({
          amount: share.amount,
          tax_behavior: inclusive ? 'inclusive' : 'exclusive',
          tax_rate_details: { tax_rate: autoRate(tx, share.rate, inclusive).id },
          taxability_reason: share.reason,
          taxable_amount: share.taxable,
          type: 'tax_rate_details',
        }),
      );
      return [line, taxes];
    }),
  );
}

/** Rates chosen by hand: the item's own, else the invoice's. https://docs.stripe.com/billing/taxes/tax-rates */
function chosenTaxes(tx: Tx, invoice: InvoiceRow, line: LineRow): Tax[] {
  const subscription = tx.get('subscription', invoice._.subscription);
  const item = subscription?.items.data.find(
    ({ id }) => id === line.parent?.subscription_item_details?.subscription_item,
  );
  const own = (item?.tax_rates ?? []).map(idOf);
  const chosen = own.length > 0 ? own : invoice.default_tax_rates.map(idOf);
  const rates = chosen.map((id) => tx.get('tax_rate', id)).filter((rate) => rate !== undefined);
  return manualTaxes(rates, taxable(line)).map(({ rate, amount, taxable: base }) => ({
    amount,
    tax_behavior: rate.inclusive ? 'inclusive' : 'exclusive',
    tax_rate_details: { tax_rate: rate.id },
    taxability_reason: 'not_available',
    taxable_amount: base,
    type: 'tax_rate_details',
  }));
}

function totals(lines: LineRow[]): Tax[] {
  const sums = new Map<string, Tax>();
  for (const tax of lines.flatMap(({ taxes }) => taxes ?? [])) {
    const key = [tax.tax_rate_details?.tax_rate, tax.tax_behavior, tax.taxability_reason].join(' ');
    const sum = sums.get(key);
    if (!sum) sums.set(key, structuredClone(tax));
    else {
      sum.amount += tax.amount;
      sum.taxable_amount = (sum.taxable_amount ?? 0) + (tax.taxable_amount ?? 0);
    }
  }
  return [...sums.values()];
}

/**
 * Fills `taxes` of every line and `total_taxes`, after discounts and credits: by Stripe Tax when `automatic_tax` is
 * enabled, else by the rates chosen. Each line is rounded by itself, and the totals are their sums.
 */
export function applyTax(tx: Tx, invoice: InvoiceRow) {
  const customer = tx.need('customer', idOf(invoice.customer) ?? '', 'customer');
  const { automatic_tax: automatic } = invoice;
  const lines = invoice.lines.data;
  if (automatic.enabled) {
    needActiveTax(tx);
    const taxes = automaticTaxes(tx, invoice, customer);
    automatic.status = taxes ? 'complete' : 'requires_location_inputs';
    automatic.provider = 'stripe';
    automatic.liability ??= { type: 'self' };
    for (const line of lines) line.taxes = taxes?.get(line) ?? [];
  } else {
    automatic.status = null;
    for (const line of lines) line.taxes = chosenTaxes(tx, invoice, line);
  }
  invoice.customer_tax_ids = taxIdsOf(tx, customer.id).map(({ type, value }) => ({ type, value })) as never;
  invoice.total_taxes = totals(lines) as InvoiceRow['total_taxes'];
}
