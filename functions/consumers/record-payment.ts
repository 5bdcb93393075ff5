import { recordPayment } from '../../shared/contract/events.ts';
import { applyPayment, ledgerEntry, ownerOf } from '../../shared/domain/apply-payment.ts';
import { defaultCommissionBasisPoints } from '../../shared/domain/commission.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { applyToSubscriber } from '../../shared/store/event-commit.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { outboxWrite } from '../../shared/store/outbox.ts';
import { put, putNew } from '../../shared/store/table.ts';

export const handler = consumer(recordPayment, async (event) => {
  const { object: invoice, mode } = event;
  const owner = ownerOf(invoice);
  if (!owner) return count('ForeignObject', { eventType: event.type });
  await applyToSubscriber(
    liveTable(),
    event,
    recordPayment.id,
    owner,
    async (current, { firstTest, lost }) => {
      const subscriber = applyPayment(current, invoice);
      if (!subscriber) return undefined;
      const now = systemClock.now();
      const { orgId, widgetId, userId } = current;
      const receipt = outboxWrite('mail.requested', {
        id: `receipt-${invoice.id}`,
        mode,
        account: event.account,
        now,
        object: { orgId, widgetId, userId, template: 'receipt', invoiceId: invoice.id },
      });
      const entry = ledgerEntry(invoice, defaultCommissionBasisPoints);
      // Another event of the same payment has booked it.
      if (!entry || lost.includes('ledger')) return { subscriber };
      const at = keys.ledger(mode, current.orgId, new Date(entry.paidAt * 1000), invoice.id);
      const tested = put('tested', keys.testPurchase(current.widgetId), {
        at: now.toISOString(),
      });
      const booked = putNew('ledger', at, { ...entry, orgId: current.orgId });
      return { subscriber, also: [booked, receipt, ...(firstTest ? [tested] : [])] };
    },
    { firstTest: true },
  );
});
