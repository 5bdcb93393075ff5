import type { Mode } from '../../shared/contract/schemas.ts';
import { publish } from '../../shared/runtime/bus.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { count, log } from '../../shared/runtime/log.ts';
import { keys, shardNames } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { enableOurEndpoints } from '../../shared/stripe/webhook-endpoints.ts';

/** Each account is compared by a consumer of its own, a run a day: this only says which there are. */
export async function handler(): Promise<void> {
  const now = systemClock.now();
  const runId = `daily-${now.toISOString().slice(0, 10)}`;
  for (const mode of ['test', 'live'] as const) {
    await lookAfterEndpoints(mode);
    for (const shard of shardNames) {
      const accounts = await liveTable().query({ like: keys.accountList(mode, shard), prefix: 'ACCOUNT#' });
      await publish(
        'connector',
        accounts.map(({ account }) => ({
          id: `own_reconcile-${runId}-${account}`,
          type: 'account.reconcile',
          created: seconds(now),
          livemode: mode === 'live',
          account,
          data: { object: { runId, slice: 0 } },
        })),
      );
    }
  }
}

/** Stripe switches an endpoint off that failed for days; events come again only when it is on. */
async function lookAfterEndpoints(mode: Mode): Promise<void> {
  try {
    for (const endpoint of await enableOurEndpoints(mode)) {
      log('warn', 'webhook_endpoint_enabled', { mode, endpoint });
      count('WebhookEndpointEnabled', { mode });
    }
  } catch (error) {
    // Accounts are compared all the same.
    log('error', 'webhook_endpoints_unseen', {
      mode,
      error: error instanceof Error ? error.name : 'unknown',
    });
  }
}
