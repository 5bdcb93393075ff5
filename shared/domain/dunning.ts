/** What happens while a renewal stays unpaid, in days from its first failure (R11.1). All of it is the organisation's. */
export type DunningCalendar = {
  /** Access stays until this day, then is restricted. */
  graceDays: number;
  /** The subscription ends on this day. */
  endDay: number;
  /** Days on which the person is written to; the first message is sent when the payment fails. */
  messageDays: readonly number[];
  /** Days on which we ask for the money again, where Stripe has no attempt of its own planned. */
  retryDays: readonly number[];
};

export const defaultDunning: DunningCalendar = {
  graceDays: 7,
  endDay: 21,
  messageDays: [0, 3, 6, 14, 20],
  retryDays: [2, 7, 14, 20],
};

/** The calendar of a configuration: what it does not set is the default. */
export const calendarOf = (
  config: { dunning?: Partial<DunningCalendar> | undefined } | undefined,
): DunningCalendar => ({
  ...defaultDunning,
  ...config?.dunning,
});

export type DunningTemplate = 'payment_failed' | 'reminder' | 'last_notice' | 'restricted';
export type DunningAction = { kind: 'mail'; template: DunningTemplate } | { kind: 'retry' } | { kind: 'end' };
export type DunningMoment = { day: number; actions: DunningAction[] };

const daySeconds = 86_400;

/**
 * Every moment of the calendar, in order. The last message before access is restricted, and the last before the end,
 * say that it is the last. What comes on or after the end does not come.
 */
export function dunningMoments(calendar: DunningCalendar): DunningMoment[] {
  const { graceDays, endDay, messageDays, retryDays } = calendar;
  const days = [...new Set([...messageDays, ...retryDays, graceDays])].filter((day) => day < endDay);
  const lastOf = (from: number, until: number) =>
    Math.max(-1, ...messageDays.filter((day) => day >= from && day < until));
  const last = new Set([lastOf(1, graceDays), lastOf(Math.max(1, graceDays), endDay)]);
  const template = (day: number): DunningTemplate =>
    day === 0 ? 'payment_failed' : last.has(day) ? 'last_notice' : 'reminder';
  const moments = days
    .sort((one, other) => one - other)
    .map((day): DunningMoment => {
      const retry: DunningAction[] = retryDays.includes(day) ? [{ kind: 'retry' }] : [];
      const restricted: DunningAction[] =
        day === graceDays && graceDays > 0 ? [{ kind: 'mail', template: 'restricted' }] : [];
      const message: DunningAction[] =
        messageDays.includes(day) && restricted.length === 0
          ? [{ kind: 'mail', template: template(day) }]
          : [];
      return { day, actions: [...retry, ...restricted, ...message] };
    });
  return [...moments, { day: endDay, actions: [{ kind: 'end' }] }];
}

/**
 * The next moment after day `after` of a dunning that began at `failedSince` (unix seconds), and when it is.
 * Pass -1 for the first one.
 */
export function nextDunningMoment(
  calendar: DunningCalendar,
  failedSince: number,
  after: number,
): (DunningMoment & { at: number }) | undefined {
  const next = dunningMoments(calendar).find(({ day }) => day > after);
  return next && { ...next, at: failedSince + next.day * daySeconds };
}

/** What is wrong with a calendar, by field; nothing when it can be lived by. */
export function dunningProblems(calendar: DunningCalendar): { path: string; message: string }[] {
  const { graceDays, endDay, messageDays, retryDays } = calendar;
  const outside = (days: readonly number[]) => days.some((day) => day >= endDay);
  return [
    ...(graceDays > endDay ? [{ path: 'graceDays', message: 'must not be after endDay' }] : []),
    ...(outside(messageDays) ? [{ path: 'messageDays', message: 'must all be before endDay' }] : []),
    ...(outside(retryDays) ? [{ path: 'retryDays', message: 'must all be before endDay' }] : []),
  ];
}
