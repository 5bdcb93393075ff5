import { watchPayments } from '../../shared/contract/health-events.ts';
import { ownerOf } from '../../shared/domain/apply-payment.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { countAttempt } from '../../shared/store/health.ts';
import { keys, near } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { outboxWrite } from '../../shared/store/outbox.ts';
import { putNew } from '../../shared/store/table.ts';

/** The first failure of a minute has somebody look, once its other failures are counted too. */
export const handler = consumer(watchPayments, async ({ id, type, account, mode, object }) => {
  if (!ownerOf(object) || (object.amount_paid === 0 && type === 'invoice.payment_succeeded')) return;
  const table = liveTable();
  const { owner } = await table.read({ owner: near(keys.account(mode, account), id) });
  if (!owner) return count('UnknownAccount', { eventType: type });
  const { orgId } = owner;
  const now = systemClock.now();
  const succeeded = type === 'invoice.payment_succeeded';
  await countAttempt(table, { mode, orgId, id }, succeeded ? 'succeeded' : 'failed', now);
  if (succeeded) return;
  if (type === 'invoice.finalization_failed') count('InvoiceFinalizationFailed', { account });
  const minute = Math.floor(seconds(now) / 60);
  await table.commit([
    putNew('look', keys.healthCheck(mode, orgId, minute), { expiresAt: seconds(now) + 3_600 }),
    outboxWrite('health.check', { id: `health-${orgId}-${minute}`, mode, account, now, object: { orgId } }),
  ]);
});
