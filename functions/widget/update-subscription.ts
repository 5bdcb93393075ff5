import { updateSubscription } from '../../shared/contract/widget-subscription.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { untilCommitted } from '../../shared/runtime/retry.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { changeTier } from '../../shared/stripe/change-tier.ts';

export const handler = endpoint(
  updateSubscription,
  ({ caller, params: { widgetId }, body, remember }) => {
    const { tierId, when, prorationDate } = body;
    const at = prorationDate === undefined ? undefined : Math.floor(Date.parse(prorationDate) / 1000);
    const wish = { tierId, when, prorationDate: at };
    return untilCommitted(() => changeTier(liveTable(), systemClock, { caller, widgetId, wish }, remember));
  },
  { gate },
);
