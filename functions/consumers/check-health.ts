import { checkHealth } from '../../shared/contract/health-events.ts';
import { isAnomalous, usualShare } from '../../shared/domain/anomaly.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { attemptsOf } from '../../shared/store/health.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { outboxWrite } from '../../shared/store/outbox.ts';

/** What goes on is told once an hour. */
const quietSeconds = 3_600;

export const handler = consumer(checkHealth, async ({ mode, account, object: { orgId } }) => {
  const table = liveTable();
  const now = systemClock.now();
  const at = seconds(now);
  const { recent, usual } = await attemptsOf(table, mode, orgId, now);
  if (!isAnomalous(recent, usual)) return;
  const raised = { raisedAt: at, expiresAt: at + quietSeconds };
  const alert = {
    orgId,
    kind: 'payments_failing' as const,
    failed: recent.failed,
    attempts: recent.failed + recent.succeeded,
    usualPercent: Math.round(usualShare(usual) * 100),
  };
  const { done } = await table.commit([
    {
      guard: 'quiet',
      key: keys.alert(mode, orgId, alert.kind),
      item: raised,
      condition: {
        expression: 'attribute_not_exists(PK) OR raisedAt <= :before',
        values: { ':before': at - quietSeconds },
      },
    },
    outboxWrite('alert.raised', {
      id: `alert-${alert.kind}-${orgId}-${at}`,
      mode,
      account,
      now,
      object: alert,
    }),
  ]);
  if (done) count('PaymentFailureAnomaly', { orgId, mode });
});
