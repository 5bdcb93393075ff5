import { settleCredits } from '../../shared/contract/widget-usage.ts';
import { settleHold, viewCredits } from '../../shared/domain/credits.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { billedUse } from '../../shared/store/billed-use.ts';
import { keys } from '../../shared/store/keys.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { putNew, putVersion } from '../../shared/store/table.ts';
import { loadUser, spending, usageAttempts, userWrites } from '../../shared/store/usage.ts';

const rememberedDays = 40;

export const handler = endpoint(
  settleCredits,
  ({ caller, params: { widgetId }, body, remember }) =>
    untilCommitted(async () => {
      const date = systemClock.now();
      const now = seconds(date);
      const table = liveTable();
      const user = await loadUser(table, caller, widgetId, date);
      const { row, overage } = user;
      const { mode, userId } = row;
      const today = date.toISOString().slice(0, 10);
      const at = {
        // A settled hold is a use like any other, under a name of its own.
        entry: keys.usageEntry(mode, widgetId, userId, `hold:${body.holdId}`),
        day: keys.usageDay(mode, widgetId, userId, today),
      };
      const found = await table.read(at);
      if (found.entry && found.entry.quantity === body.used) return { credits: viewCredits(row, now) };
      const settled = await spending(table, user, date, () => settleHold(row, body, overage, now));
      const since = row.usage.since ?? date.toISOString();
      const usage = { ...row.usage, since, perCredit: row.usage.perCredit + body.used };
      const day = found.day ?? { date: today, perQuery: 0, perWorkflow: 0, perCredit: 0, version: 0 };
      const entry = { eventId: `hold:${body.holdId}`, kind: 'credit', quantity: body.used };
      const times = { occurredAt: date.toISOString(), at: date.toISOString() };
      const answer = { credits: viewCredits(settled, now) };
      const { done } = await table.commit([
        ...userWrites({ ...settled, usage }, user, date),
        putNew('entry', at.entry, { ...entry, ...times, expiresAt: now + rememberedDays * 86_400 }),
        putVersion('day', at.day, { ...day, perCredit: day.perCredit + body.used }),
        ...billedUse(
          row,
          settled,
          { kind: 'credit', quantity: body.used, eventId: `hold:${body.holdId}`, occurredAt: date },
          date,
        ),
        ...remember(answer),
      ]);
      if (!done) throw new Conflict();
      return answer;
    }, usageAttempts),
  { gate },
);
