import { boundary, monthly } from '../billing/calendar.ts';
import { invalidRequest } from '../core/fault.ts';
import type { PriceRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

interface AnchorParams {
  billing_cycle_anchor?: number;
  billing_cycle_anchor_config?: {
    day_of_month: number;
    hour?: number;
    minute?: number;
    month?: number;
    second?: number;
  };
}

function within(value: number | undefined, least: number, most: number, name: string) {
  if (value !== undefined && (value < least || value > most))
    throw invalidRequest(
      `Invalid ${name}: must be between ${least} and ${most}.`,
      `billing_cycle_anchor_config[${name}]`,
    );
}

/** A day of a month at a time; a month without that day has its last one. */
function dayOf(year: number, month: number, day: number, seconds: number) {
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(day, last)) / 1000 + seconds;
}

/** The anchor a request names. https://docs.stripe.com/billing/subscriptions/billing-cycle */
export function anchorOf(tx: Tx, params: AnchorParams, prices: PriceRow[]): number | undefined {
  const { billing_cycle_anchor: anchor, billing_cycle_anchor_config: config } = params;
  if (!config) return anchor;
  if (anchor !== undefined)
    throw invalidRequest(
      'You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config.',
      'billing_cycle_anchor',
    );
  if (prices.some(({ recurring }) => recurring?.interval !== 'month' && recurring?.interval !== 'year'))
    throw invalidRequest(
      '`billing_cycle_anchor_config` is only valid with monthly and yearly price intervals.',
      'billing_cycle_anchor_config',
    );
  within(config.day_of_month, 1, 31, 'day_of_month');
  within(config.month, 1, 12, 'month');
  within(config.hour, 0, 23, 'hour');
  within(config.minute, 0, 59, 'minute');
  within(config.second, 0, 59, 'second');
  const now = new Date(tx.now * 1000);
  const { hour, minute, second } = config;
  const timed = hour !== undefined || minute !== undefined || second !== undefined;
  const seconds = timed
    ? (hour ?? 0) * 3600 + (minute ?? 0) * 60 + (second ?? 0)
    : now.getUTCHours() * 3600 + now.getUTCMinutes() * 60 + now.getUTCSeconds();
  for (let ahead = 0; ahead <= 12; ahead += 1) {
    const month = now.getUTCMonth() + ahead;
    if (config.month !== undefined && month % 12 !== config.month - 1) continue;
    const at = dayOf(now.getUTCFullYear() + Math.floor(month / 12), month % 12, config.day_of_month, seconds);
    if (at > tx.now) return at;
  }
  return undefined;
}

/** An anchor lies ahead, and not past the end of what would be the first period. */
export function checkAnchor(tx: Tx, anchor: number, prices: PriceRow[], trialEnd: number | null) {
  const from = trialEnd ?? tx.now;
  if (anchor < from)
    throw invalidRequest(
      trialEnd === null
        ? 'billing_cycle_anchor must be a timestamp in the future.'
        : 'billing_cycle_anchor cannot be before the end of the trial.',
      'billing_cycle_anchor',
    );
  const latest = Math.max(...prices.map(({ recurring }) => boundary(from, recurring ?? monthly, 1)));
  if (anchor > latest)
    throw invalidRequest(
      `billing_cycle_anchor cannot be later than next natural billing date (${latest}) for plan`,
      'billing_cycle_anchor',
    );
}
