import { type DunningCalendar, nextDunningMoment } from './dunning.ts';
import type { StoredSubscription, Subscriber } from './subscriber.ts';
import { subscriptionStatuses } from './subscription-status.ts';

/** What a change of a person's subscriptions sets going outside the table. `id` is the same however often it is decided. */
export type Notice =
  | { kind: 'mail'; id: string; template: SubscriptionTemplate; subscriptionId: string }
  | { kind: 'step'; id: string; at: number; subscriptionId: string; failedSince: number; day: number };
export type SubscriptionTemplate = 'welcome' | 'payment_failed' | 'recovered' | 'ended';

/** R3.6: access began. Money that is still on its way opens nothing (R1.5). */
const isOpen = (one: StoredSubscription | undefined): boolean =>
  one !== undefined &&
  (one.status === 'active' || one.status === 'trialing') &&
  !one.awaitsMethod &&
  !(
    one.status === 'active' &&
    one.paidUntil === undefined &&
    one.tier.price > 0 &&
    (one.tier.paymentMethodTypes ?? []).some((type) => type !== 'card')
  );

/** The first moment of a dunning that is still to come, as a step (R11.1). */
export function dunningStep(
  subscriptionId: string,
  calendar: DunningCalendar,
  failedSince: number,
  after: number,
): Notice[] {
  const next = nextDunningMoment(calendar, failedSince, after);
  if (!next) return [];
  const id = `dunning-${subscriptionId}-${failedSince}-${next.day}`;
  return [{ kind: 'step', id, at: next.at, subscriptionId, failedSince, day: next.day }];
}

/** The mails and steps that follow from a row becoming another one. Pure: the same change gives the same notices. */
export const notices = (before: Subscriber, after: Subscriber, calendar: DunningCalendar): Notice[] =>
  after.subscriptions.flatMap((one) => {
    const was = before.subscriptions.find(({ id }) => id === one.id);
    return one === was ? [] : noticesOf(was, one, calendar);
  });

function noticesOf(
  was: StoredSubscription | undefined,
  one: StoredSubscription,
  calendar: DunningCalendar,
): Notice[] {
  const mail = (template: SubscriptionTemplate, id: string): Notice[] => [
    { kind: 'mail', id: `${template}-${one.id}${id}`, template, subscriptionId: one.id },
  ];
  // Ended already: nothing begins any more (a late event of an old failure, say).
  if (was && subscriptionStatuses[was.status].terminal) return [];
  if (subscriptionStatuses[one.status].terminal)
    return was && (isOpen(was) || was.failedSince !== undefined) ? mail('ended', '') : [];
  if (one.failedSince !== undefined && was?.failedSince === undefined)
    return [
      ...(calendar.messageDays.includes(0) ? mail('payment_failed', `-${one.failedSince}`) : []),
      ...dunningStep(one.id, calendar, one.failedSince, 0),
    ];
  // The money is there; Stripe's status may follow a moment later.
  if (was?.failedSince !== undefined && one.failedSince === undefined)
    return mail('recovered', `-${was.failedSince}`);
  // Only the first opening is a welcome: a recovered or resumed one was welcomed before.
  const wasBefore =
    was !== undefined && was.status !== 'incomplete' && (isOpen(was) || was.failedSince !== undefined);
  return isOpen(one) && !wasBefore && one.status !== 'paused' && was?.status !== 'paused'
    ? mail('welcome', '')
    : [];
}

/** The row with the organisation's days of grace and until the end on every dunning that began now. */
export const withCalendar = (
  before: Subscriber,
  after: Subscriber,
  calendar: DunningCalendar,
): Subscriber => {
  const begun = ({ id, failedSince, unpaidDays }: StoredSubscription) =>
    failedSince !== undefined &&
    unpaidDays === undefined &&
    before.subscriptions.find((one) => one.id === id)?.failedSince === undefined;
  if (!after.subscriptions.some(begun)) return after;
  const unpaidDays = { grace: calendar.graceDays, end: calendar.endDay };
  return {
    ...after,
    subscriptions: after.subscriptions.map((one) => (begun(one) ? { ...one, unpaidDays } : one)),
  };
};
