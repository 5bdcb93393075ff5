import type { Tx } from '../core/tx.ts';
import { day } from './ledger.ts';

export interface Schedule {
  interval: string;
  delay_days: number;
  weekly_payout_days?: string[];
  monthly_payout_days?: number[];
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** When an account's money is paid out: daily unless it says otherwise. https://docs.stripe.com/payouts#payout-schedule */
export function scheduleOf(tx: Tx): Schedule {
  const set = tx.get('account', tx.actor.account)?.settings?.payouts?.schedule as Schedule | undefined;
  return set ?? { interval: 'daily', delay_days: 2 };
}

/** True when payouts are made on the day (UTC) that begins at `midnight`. */
function isPayoutDay(midnight: number, { interval, weekly_payout_days, monthly_payout_days }: Schedule) {
  const date = new Date(midnight * 1000);
  if (interval === 'weekly')
    return (weekly_payout_days ?? ['monday']).includes(weekdays[date.getUTCDay()] ?? '');
  if (interval !== 'monthly') return interval === 'daily';
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return (monthly_payout_days ?? [1]).some((number) => Math.min(number, last) === date.getUTCDate());
}

/** Epoch seconds of the next payouts after `now`, or null when they are made by hand. */
export function nextPayout(now: number, schedule: Schedule): number | null {
  if (schedule.interval === 'manual') return null;
  let midnight = Math.floor(now / day) * day;
  for (let days = 0; days < 40; days += 1) {
    midnight += day;
    if (isPayoutDay(midnight, schedule)) return midnight;
  }
  return null;
}

export function isPayoutMoment(now: number, schedule: Schedule) {
  return now % day === 0 && isPayoutDay(now, schedule);
}
