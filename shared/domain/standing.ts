import type { InvoiceObject } from '../contract/stripe-objects.ts';
import { ownerOf, periodPaidAhead } from './apply-payment.ts';
import { withPurchase } from './checkout.ts';
import type { Standing } from './reversal.ts';
import type { Subscriber } from './subscriber.ts';
import { withTopUp } from './topup.ts';

const kept = 8;

/**
 * The row after what a paid invoice stands for changed. A plan is suspended while its payment is disputed and over for
 * the disputed period when the dispute is lost; its refund leaves it to whoever refunded to end it. What was bought
 * once is taken back with its money, as far as it is not spent. Everything comes back with the money.
 * @param suspends whether the organisation wants open disputes to suspend (its configuration's `dispute`)
 */
export function applyStanding(
  row: Subscriber,
  invoice: InvoiceObject,
  standing: Standing,
  suspends: boolean,
): Subscriber {
  const held = standing === 'disputed' && suspends;
  const subscriptionId = invoice.parent?.subscription_details?.subscription;
  if (subscriptionId === undefined) {
    const attemptId = ownerOf(invoice)?.attemptId;
    return withRevoked(row, attemptId, held || standing === 'lost' || standing === 'refunded');
  }
  const others = (row.disputed ?? []).filter(({ invoiceId }) => invoiceId !== invoice.id);
  const { disputed, ...rest } = row;
  if (!disputed && !held && standing !== 'lost') return row;
  if (!held && standing !== 'lost') return others.length > 0 ? { ...rest, disputed: others } : rest;
  const until = periodPaidAhead(invoice)?.end ?? invoice.created;
  const entry = { invoiceId: invoice.id, subscriptionId, standing: held ? 'open' : 'lost', until } as const;
  return { ...rest, disputed: [entry, ...others].slice(0, kept) };
}

function withRevoked(row: Subscriber, attemptId: string | undefined, revoked: boolean): Subscriber {
  const purchase = row.purchases?.find((one) => one.attemptId === attemptId);
  const topup = row.topups?.find((one) => one.attemptId === attemptId);
  const bought = purchase ?? topup;
  if (!bought || Boolean(bought.revoked) === revoked) return row;
  const packs = row.packCredits ?? 0;
  const granted = bought.status === 'fulfilled' || bought.status === 'paid';
  const taken = revoked && granted ? Math.min(packs, bought.credits ?? 0) : 0;
  const mark = revoked ? { credits: taken } : undefined;
  const next = { ...row, packCredits: packs - taken + (bought.revoked?.credits ?? 0) };
  if (purchase) return withPurchase(next, { ...purchase, revoked: mark });
  return topup ? withTopUp(next, { ...topup, revoked: mark }) : row;
}
