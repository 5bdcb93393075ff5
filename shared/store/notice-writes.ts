import { calendarOf, type DunningCalendar } from '../domain/dunning.ts';
import { type Notice, notices, withCalendar } from '../domain/notices.ts';
import type { WidgetConfig } from '../domain/purchase.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import { outboxWrite } from './outbox.ts';
import { subscriberWrites } from './subscriber-writes.ts';
import type { Write } from './table.ts';

/** The outbox entries of notices about one person. */
export const noticeWrites = (
  { mode, orgId, widgetId, userId, stripeAccount: account }: Subscriber,
  decided: readonly Notice[],
  now: Date,
): Write[] =>
  decided.map((notice) => {
    const { id, subscriptionId } = notice;
    const event = { id, mode, account, now };
    if (notice.kind === 'mail')
      return outboxWrite('mail.requested', {
        ...event,
        object: { orgId, widgetId, userId, template: notice.template, subscriptionId },
      });
    const { failedSince, day, at } = notice;
    return outboxWrite('step.planned', {
      ...event,
      object: { widgetId, userId, subscriptionId, failedSince, day, at },
    });
  });

/** A change of a person's subscriptions with everything that follows from it: row, audit, mails and steps. */
export function subscriptionWrites(
  before: Subscriber,
  after: Subscriber,
  config: WidgetConfig | undefined,
  change: { action: string; by: string; at: Date; id?: string },
): Write[] {
  const calendar: DunningCalendar = calendarOf(config);
  const row = withCalendar(before, after, calendar);
  return [...subscriberWrites(row, change), ...noticeWrites(row, notices(before, row, calendar), change.at)];
}
