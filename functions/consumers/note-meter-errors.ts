import { noteMeterErrors } from '../../shared/contract/health-events.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count, log } from '../../shared/runtime/log.ts';

/**
 * Stripe could not count use that we told it of. Nothing can be mended here: the entries are ours (R1.3), the alarm
 * has somebody compare them with the meter (docs/runbook.md).
 */
export const handler = consumer(noteMeterErrors, async ({ id, type, account, mode, object }) => {
  log('error', 'meter_error', { id, type, account, mode, meter: object.id });
  count('MeterErrors', { account, mode });
});
