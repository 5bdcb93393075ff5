import { Refusal } from '../contract/errors.ts';
import type { Overage } from '../domain/credits.ts';
import { type ExchangeRates, usableRates } from '../domain/localise.ts';
import { promptFor } from '../domain/prompt.ts';
import type { WidgetConfig } from '../domain/purchase.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import { dueTopUp, withTopUp } from '../domain/topup.ts';
import type { Caller } from '../runtime/request.ts';
import { Conflict } from '../runtime/retry.ts';
import { keys } from './keys.ts';
import { outboxWrite } from './outbox.ts';
import { loadSale, subscriberFor } from './sale.ts';
import { putVersion, type Table, type Write } from './table.ts';

export type User = {
  row: Subscriber;
  /** What happens above the credits. */
  overage: Overage;
  config: WidgetConfig | undefined;
  rates: ExchangeRates | undefined;
};

/** The row that counts a person's use, begun before anything is bought (R3.6), and what happens above its credits. */
export async function loadUser(table: Table, caller: Caller, widgetId: string, now: Date): Promise<User> {
  const sale = await loadSale(table, caller, widgetId);
  const { config } = sale.parts;
  const account = sale.subscriber?.stripeAccount ?? config?.stripeConnectId ?? '';
  const row = subscriberFor(sale, caller, account, now);
  return { row, overage: config?.overage ?? 'block', config, rates: usableRates(sale.rates, now) };
}

/**
 * The row after a use, with what the configuration offers a person who uses that much (R3.6) and with the pack that is
 * bought for them (R4.2). No audit: the entries themselves say what happened.
 */
export function userWrites(
  used: Subscriber,
  { config, rates }: { config: WidgetConfig | undefined; rates: ExchangeRates | undefined },
  now: Date,
): Write[] {
  const due = config && dueTopUp(used, config, rates, now);
  const { prompt: _, ...row } = due ? withTopUp(used, due) : used;
  const prompt = config && promptFor(row, config.pricing);
  const { mode, orgId, widgetId, userId, stripeAccount: account } = row;
  return [
    putVersion('subscriber', keys.subscriber(mode, widgetId, userId), {
      ...row,
      ...(prompt && { prompt }),
      updatedAt: now.toISOString(),
    }),
    ...(due
      ? [
          outboxWrite('credits.low', {
            id: due.attemptId,
            mode,
            account,
            now,
            object: { orgId, widgetId, userId, attemptId: due.attemptId },
          }),
        ]
      : []),
  ];
}

/**
 * Runs a decision that may be refused for want of credits; the refusal begins what brings new ones (R4.2), if that is
 * not under way already.
 * @throws Conflict when the row moved meanwhile: everything is to be decided anew
 */
export async function spending<T>(
  table: Table,
  { row, ...user }: User,
  now: Date,
  spend: () => T,
): Promise<T> {
  try {
    return spend();
  } catch (error) {
    const refused = error instanceof Refusal && error.code === 'credits_exhausted';
    if (refused && user.config && dueTopUp(row, user.config, user.rates, now)) {
      if (!(await table.commit(userWrites(row, user, now))).done) throw new Conflict();
    }
    throw error;
  }
}

/** Many uses of one person at once meet in one row: each gives way until its turn comes. */
export const usageAttempts = 60;
