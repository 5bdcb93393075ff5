import type { Overview } from '../wire.ts';
import { ask, send } from './ask.ts';
import { byId, time } from './dom.ts';

type Times = { now: string; next: string | null };

const steps: Record<string, (date: Date) => void> = {
  PT1H: (date) => date.setUTCHours(date.getUTCHours() + 1),
  P1D: (date) => date.setUTCDate(date.getUTCDate() + 1),
  P1M(date) {
    const day = date.getUTCDate();
    date.setUTCMonth(date.getUTCMonth() + 1);
    // 31 January plus a month is the last of February, as renewals are.
    if (date.getUTCDate() < day) date.setUTCDate(0);
  },
};

const times = async () => (await (await fetch('/_/clock')).json()) as Times;

export async function showTime() {
  const { now, next } = await times();
  byId('now').textContent = time(Date.parse(now));
  byId('next').textContent = next === null ? 'nothing due' : `next due ${time(Date.parse(next))}`;
}

/** Moves the time: of the whole stack when the emulator is a part of one, else its own. */
export async function advance(by: string) {
  const { control } = await ask<Overview>('overview');
  if (control !== null) {
    await send('POST', `${control}/clock/advance`, { by });
    return;
  }
  const to = new Date((await times()).now);
  steps[by]?.(to);
  await send('PUT', '/_/clock', { now: to.toISOString() });
}
