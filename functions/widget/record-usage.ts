import { Refusal } from '../../shared/contract/errors.ts';
import { recordUsage } from '../../shared/contract/widget-usage.ts';
import { counterOf, countUsage, viewCredits } from '../../shared/domain/credits.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint, type Request } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { billedUse } from '../../shared/store/billed-use.ts';
import { keys } from '../../shared/store/keys.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { putNew, putVersion } from '../../shared/store/table.ts';
import { loadUser, spending, usageAttempts, userWrites } from '../../shared/store/usage.ts';

/** Stripe takes meter events of so many days (peers.md P67); an entry is remembered longer, so that none counts twice. */
const oldestDays = 35;
const rememberedDays = 40;
const daySeconds = 86_400;

export const handler = endpoint(
  recordUsage,
  (request) => untilCommitted(() => record(request), usageAttempts),
  { gate },
);

async function record({ caller, params: { widgetId }, body, remember }: Request<typeof recordUsage>) {
  const date = systemClock.now();
  const now = seconds(date);
  const { kind, quantity, eventId } = body;
  const occurredAt = new Date(body.occurredAt ?? date);
  requireRecent(occurredAt, date);
  const table = liveTable();
  const user = await loadUser(table, caller, widgetId, date);
  const { row, overage } = user;
  const { mode, userId } = row;
  const at = {
    entry: keys.usageEntry(mode, widgetId, userId, eventId),
    day: keys.usageDay(mode, widgetId, userId, occurredAt.toISOString().slice(0, 10)),
  };
  const found = await table.read(at);
  if (found.entry) {
    // The first one stays; the same id for another use is a mistake of the caller's (peers.md P70).
    if (found.entry.kind !== kind || found.entry.quantity !== quantity)
      throw new Refusal('state_conflict', 'This eventId was recorded with another kind or quantity.');
    return { recorded: false, credits: viewCredits(row, now), usage: row.usage };
  }
  const next = await spending(table, user, date, () => countUsage(row, { kind, quantity }, overage, now));
  const empty = {
    date: occurredAt.toISOString().slice(0, 10),
    perQuery: 0,
    perWorkflow: 0,
    perCredit: 0,
    version: 0,
  };
  const day = found.day ?? empty;
  const counter = counterOf(kind);
  const entry = { eventId, kind, quantity, occurredAt: occurredAt.toISOString(), at: date.toISOString() };
  const answer = { recorded: true, credits: viewCredits(next, now), usage: next.usage };
  const { done } = await table.commit([
    ...userWrites(next, user, date),
    putNew('entry', at.entry, { ...entry, expiresAt: now + rememberedDays * daySeconds }),
    putVersion('day', at.day, { ...day, [counter]: day[counter] + quantity }),
    ...billedUse(row, next, { kind, quantity, eventId, occurredAt }, date),
    ...remember(answer),
  ]);
  if (!done) throw new Conflict();
  return answer;
}

function requireRecent(occurredAt: Date, now: Date): void {
  const age = (now.getTime() - occurredAt.getTime()) / 1000;
  if (age <= oldestDays * daySeconds && age >= -300) return;
  const errors = [
    { path: 'body.occurredAt', message: `must be in the last ${oldestDays} days and not in the future` },
  ];
  throw new Refusal('invalid_request', `body.occurredAt ${errors[0]?.message}`, { errors });
}
