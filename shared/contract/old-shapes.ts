type Loose = Record<string, unknown>;
const isLoose = (value: unknown): value is Loose => typeof value === 'object' && value !== null;
const listOf = (value: unknown): Loose[] =>
  isLoose(value) && Array.isArray(value.data) ? value.data.filter(isLoose) : [];

/**
 * An object of an event as the current API version writes it. An account's own API version, or an event of long ago,
 * may bring invoices and subscriptions in the shape before 2025-03-31 (stripe.md 1); what means the same is moved to
 * where it stands now, everything else is left as it is.
 */
export function modern(object: unknown): unknown {
  if (!isLoose(object)) return object;
  if (object.object === 'invoice') return modernInvoice(object);
  return object.object === 'subscription' ? modernSubscription(object) : object;
}

function modernInvoice(invoice: Loose): Loose {
  if (invoice.parent !== undefined || invoice.subscription === undefined) return invoice;
  const { subscription, subscription_details, total_tax_amounts, total_taxes, lines } = invoice;
  const metadata = isLoose(subscription_details) ? subscription_details.metadata : undefined;
  return {
    ...invoice,
    total_taxes: total_taxes ?? total_tax_amounts,
    parent: subscription === null ? null : { subscription_details: { subscription, metadata } },
    lines: { ...(isLoose(lines) && lines), data: listOf(lines).map(modernLine) },
  };
}

const modernLine = (line: Loose): Loose =>
  line.parent !== undefined
    ? line
    : {
        ...line,
        parent: { subscription_item_details: { proration: line.proration ?? false } },
        pricing: line.pricing ?? (line.price ? { price_details: { price: line.price } } : null),
      };

/** The period stood on the subscription, and stands on each item now. */
function modernSubscription(subscription: Loose): Loose {
  const { current_period_start, current_period_end, items } = subscription;
  if (current_period_end === undefined) return subscription;
  const data = listOf(items).map((item) => ({ current_period_start, current_period_end, ...item }));
  return { ...subscription, items: { ...(isLoose(items) && items), data } };
}
