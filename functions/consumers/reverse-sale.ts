import { reverseSale } from '../../shared/contract/money-events.ts';
import { applyPayment, ownerOf, paidAt } from '../../shared/domain/apply-payment.ts';
import { reversals, type Sold, standingOf } from '../../shared/domain/reversal.ts';
import { applyStanding } from '../../shared/domain/standing.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { applyToSubscriber } from '../../shared/store/event-commit.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import type { Records } from '../../shared/store/records.ts';
import { putNew, putVersion } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { invoicePaidBy, takenBack } from '../../shared/stripe/reversals.ts';

/**
 * Neither event says enough: which sale it was and what else was taken back of it is read from Stripe, after our own
 * state of it, so that an older answer never overwrites a newer one.
 */
export const handler = consumer(reverseSale, async (event) => {
  const { mode, account, object, created } = event;
  if (!object.payment_intent) return count('ForeignObject', { eventType: event.type });
  const at = { stripe: (await platformStripe(mode)).stripe, stripeAccount: account };
  const sale = await invoicePaidBy(at, object.payment_intent);
  const owner = sale && ownerOf(sale.invoice);
  if (!owner) return count('ForeignObject', { eventType: event.type });
  const { invoice, payments } = sale;
  const table = liveTable();
  await applyToSubscriber(table, event, reverseSale.id, owner, async (row, { config }) => {
    const { orgId } = row;
    const key = keys.reversals(mode, orgId, invoice.id);
    const found = await table.read({
      reversals: key,
      sale: keys.ledger(mode, orgId, new Date(paidAt(invoice) * 1000), invoice.id),
    });
    if (!found.sale) {
      if (!applyPayment(row, invoice)) return undefined;
      throw new Error('The sale is not booked yet: its payment has to be applied first.');
    }
    const taken = await takenBack(at, payments);
    const { booked = {}, version = 0 } = found.reversals ?? {};
    const next = reversals(invoice.id, soldAs(found.sale), taken, booked);
    const subscriptionId = invoice.parent?.subscription_details?.subscription;
    const entries = next.entries.map((entry) =>
      putNew(
        'ledger',
        keys.reversal(
          mode,
          orgId,
          new Date(created * 1000),
          invoice.id,
          `${entry.kind}#${entry.cause}#${version}`,
        ),
        { ...entry, orgId, invoiceId: invoice.id, ...(subscriptionId && { subscriptionId }), at: created },
      ),
    );
    const standing = standingOf(invoice.amount_paid, taken);
    return {
      subscriber: applyStanding(row, invoice, standing, config?.dispute !== 'keep'),
      also:
        entries.length > 0
          ? [putVersion('reversals', key, { booked: next.booked, version }), ...entries]
          : [],
    };
  });
});

function soldAs({ currency, lines }: Records['ledger']): Sold {
  const of = (account: string) =>
    lines.reduce((sum, line) => (line.account === account ? sum + line.amount : sum), 0);
  return { currency, paid: -of('customer'), tax: of('tax'), commission: of('commission') };
}
