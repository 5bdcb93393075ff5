import { holdCredits } from '../../shared/contract/widget-usage.ts';
import { activeHolds, holdCredits as hold, viewCredits } from '../../shared/domain/credits.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { loadUser, spending, usageAttempts, userWrites } from '../../shared/store/usage.ts';

const defaultTtlSeconds = 600;

export const handler = endpoint(
  holdCredits,
  ({ caller, params: { widgetId }, body, remember }) =>
    untilCommitted(async () => {
      const date = systemClock.now();
      const now = seconds(date);
      const { amount, holdId, ttlSeconds = defaultTtlSeconds } = body;
      const table = liveTable();
      const user = await loadUser(table, caller, widgetId, date);
      const { row, overage } = user;
      const wanted = { holdId, amount, expiresAt: now + ttlSeconds };
      const next = await spending(table, user, date, () => hold(row, wanted, overage, now));
      const held = activeHolds(next, now).find((one) => one.holdId === holdId);
      const expiresAt = new Date((held?.expiresAt ?? now) * 1000).toISOString();
      const answer = { holdId, amount, expiresAt, credits: viewCredits(next, now) };
      const writes = next === row ? [] : userWrites(next, user, date);
      const { done } = await table.commit([...writes, ...remember(answer)]);
      if (!done) throw new Conflict();
      return answer;
    }, usageAttempts),
  { gate },
);
