import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { AccountRow } from '../core/rows.ts';
import { boolean, emptyable, hash, integer, list, oneOf, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { wake } from '../money/ledger.ts';
import { nextPayout, type Schedule, scheduleOf } from '../money/schedule.ts';

const usualDelay = 2;

/** https://docs.stripe.com/api/balance-settings/object */
function settings(tx: Tx) {
  const { interval, delay_days, weekly_payout_days, monthly_payout_days } = scheduleOf(tx);
  const account = tx.need('account', tx.actor.account);
  return {
    object: 'balance_settings',
    payments: {
      debit_negative_balances: account.settings?.payouts?.debit_negative_balances ?? true,
      payouts: {
        automatic_transfer_rules_by_currency: null,
        minimum_balance_by_currency: null,
        schedule: {
          interval,
          ...(interval === 'weekly' && { weekly_payout_days: weekly_payout_days ?? ['monday'] }),
          ...(interval === 'monthly' && { monthly_payout_days: monthly_payout_days ?? [1] }),
        },
        statement_descriptor: account.settings?.payouts?.statement_descriptor ?? null,
        status: account.payouts_enabled ? 'enabled' : 'disabled',
      },
      settlement_timing: {
        delay_days,
        ...(delay_days !== usualDelay && { delay_days_override: delay_days }),
        start_of_day: null,
      },
    },
  };
}

interface Change extends Partial<Schedule> {
  debit_negative_balances?: boolean;
  statement_descriptor?: string;
}

/** Changes when an account's money is paid out, and tells the balance. */
export function changePayouts(tx: Tx, account: AccountRow, change: Change) {
  const { debit_negative_balances, statement_descriptor, ...schedule } = change;
  const old = account.settings?.payouts;
  account.settings = {
    ...account.settings,
    payouts: {
      debit_negative_balances: debit_negative_balances ?? old?.debit_negative_balances ?? true,
      schedule: { ...scheduleOf(tx), ...schedule },
      statement_descriptor: statement_descriptor ?? old?.statement_descriptor ?? null,
    },
  } as AccountRow['settings'];
  const next = nextPayout(tx.now, scheduleOf(tx));
  if (next !== null) wake(tx, next);
}

const weekday = oneOf('monday', 'tuesday', 'wednesday', 'thursday', 'friday');

export const balanceSettingsRoutes = [
  route('GET', '/v1/balance_settings', {}, ({ tx }) => settings(tx)),
  route(
    'POST',
    '/v1/balance_settings',
    {
      payments: hash({
        debit_negative_balances: boolean,
        payouts: hash({
          schedule: hash({
            interval: oneOf('daily', 'manual', 'monthly', 'weekly'),
            monthly_payout_days: list(integer),
            weekly_payout_days: list(weekday),
          }),
          statement_descriptor: string,
        }),
        settlement_timing: hash({ delay_days_override: emptyable(integer) }),
      }),
    },
    ({ tx, params: { payments } }) => {
      const delay = payments?.settlement_timing?.delay_days_override;
      if (typeof delay === 'number' && (delay < 0 || delay > 31))
        throw invalidRequest(
          'The delay must be between 0 and 31 days.',
          'payments[settlement_timing][delay_days_override]',
        );
      changePayouts(tx, tx.need('account', tx.actor.account), {
        ...payments?.payouts?.schedule,
        ...(delay !== undefined && { delay_days: delay ?? usualDelay }),
        statement_descriptor: payments?.payouts?.statement_descriptor,
        debit_negative_balances: payments?.debit_negative_balances,
      });
      return settings(tx);
    },
  ),
];
