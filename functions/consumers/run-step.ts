import { runStep } from '../../shared/contract/own-events.ts';
import { calendarOf, type DunningAction, dunningMoments } from '../../shared/domain/dunning.ts';
import { dunningStep } from '../../shared/domain/notices.ts';
import type { Subscriber } from '../../shared/domain/subscriber.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { eventMarker } from '../../shared/store/event-marker.ts';
import { keys, near } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { noticeWrites } from '../../shared/store/notice-writes.ts';
import { outboxWrite } from '../../shared/store/outbox.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { endUnpaid, retryOpenInvoice } from '../../shared/stripe/dunning.ts';

/**
 * One moment of a dunning (R11.1). Whether it still applies is decided from the row as it is now: a person who paid
 * or left meanwhile is not written to, charged or ended. What is done at Stripe carries the step's own key, so that a
 * repetition does nothing more; mail and the next step are written with the marker.
 */
export const handler = consumer(runStep, (event) =>
  untilCommitted(async () => {
    const { mode, account, object } = event;
    const { widgetId, userId, subscriptionId, failedSince, day } = object;
    const table = liveTable();
    const marker = eventMarker(event, runStep.id);
    const found = await table.read({
      marker: keys.eventMarker(mode, account, event.id, runStep.id),
      subscriber: keys.subscriber(mode, widgetId, userId),
      config: near(keys.config(mode, widgetId), userId),
    });
    const { subscriber } = found;
    if (found.marker || !subscriber || !sameDunning(subscriber, subscriptionId, failedSince)) return;

    const calendar = calendarOf(found.config);
    const actions = dunningMoments(calendar).find((moment) => moment.day === day)?.actions ?? [];
    const does = (kind: DunningAction['kind']) => actions.some((action) => action.kind === kind);
    const { stripe } = await platformStripe(mode);
    const at = { stripe, stripeAccount: account };
    if (does('retry')) await retryOpenInvoice(at, subscriptionId, event.id);
    if (does('end')) await endUnpaid(at, subscriptionId);

    const now = systemClock.now();
    const { orgId } = subscriber;
    const mails = actions.flatMap((action) =>
      action.kind === 'mail'
        ? [
            outboxWrite('mail.requested', {
              id: `${action.template}-${subscriptionId}-${failedSince}-${day}`,
              mode,
              account,
              now,
              object: { orgId, widgetId, userId, template: action.template, subscriptionId },
            }),
          ]
        : [],
    );
    const next = noticeWrites(subscriber, dunningStep(subscriptionId, calendar, failedSince, day), now);
    const commit = await table.commit([marker, ...mails, ...next]);
    if (!commit.done && !commit.lost.includes('marker')) throw new Conflict();
  }),
);

/** Two events may tell of one failure with seconds between them; another dunning is months away. */
const sameDunning = ({ subscriptions }: Subscriber, id: string, failedSince: number): boolean => {
  const since = subscriptions.find((one) => one.id === id)?.failedSince;
  return since !== undefined && Math.abs(since - failedSince) < 86_400;
};
