import type { CapabilityRow } from '../core/money-rows.ts';
import type { AccountRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { nextMidnight, wake } from '../money/ledger.ts';

const day = 86_400;

type Requirements = NonNullable<AccountRow['requirements']>;

function blank(): Requirements {
  return {
    alternatives: [],
    current_deadline: null,
    currently_due: [],
    disabled_reason: null,
    errors: [],
    eventually_due: [],
    past_due: [],
    pending_verification: [],
  };
}

export const capabilityNames = ['card_payments', 'transfers'] as const;
export type CapabilityName = (typeof capabilityNames)[number];

/** A capability of the scope's account. https://docs.stripe.com/api/capabilities/object */
export function capabilityOf(tx: Tx, name: CapabilityName): CapabilityRow {
  const known = tx.get('capability', name);
  if (known) return known;
  const account = tx.get('account', tx.actor.account);
  const { alternatives, errors, ...lists } = blank();
  const requirements = {
    ...lists,
    alternatives: [],
    errors: [],
    currently_due: [],
    eventually_due: [],
    past_due: [],
    pending_verification: [],
    disabled_reason: null,
  };
  return tx.put('capability', {
    id: name,
    object: 'capability',
    account: tx.actor.account,
    future_requirements: requirements,
    requested: true,
    requested_at: account?.created ?? tx.now,
    requirements,
    status: account?.capabilities?.[name] ?? 'active',
    _: {},
  });
}

/** Makes the account's capabilities follow what it may do. */
function setCapabilities(tx: Tx, account: AccountRow, status: 'active' | 'inactive') {
  for (const name of capabilityNames) {
    const row = capabilityOf(tx, name);
    row.status = status;
    const { currently_due, past_due, eventually_due, current_deadline } = account.requirements ?? blank();
    row.requirements = {
      alternatives: [],
      current_deadline,
      currently_due: currently_due ?? [],
      disabled_reason: status === 'active' ? null : 'requirements.fields_needed',
      errors: [],
      eventually_due: eventually_due ?? [],
      past_due: past_due ?? [],
      pending_verification: [],
    };
  }
  account.capabilities = { ...account.capabilities, card_payments: status, transfers: status };
}

/** What was due by a deadline is past due: no charges, no payouts. https://docs.stripe.com/connect/handling-api-verification */
export function missDeadline(tx: Tx, account: AccountRow) {
  const requirements = account.requirements ?? blank();
  account.requirements = {
    ...requirements,
    past_due: requirements.currently_due,
    current_deadline: null,
    disabled_reason: 'requirements.past_due',
  };
  account.charges_enabled = false;
  account.payouts_enabled = false;
  setCapabilities(tx, account, 'inactive');
}

/** Stripe asks for more; `dueInDays` null sets no deadline, 0 is past due at once. */
export function require(tx: Tx, account: AccountRow, fields: string[], dueInDays: number | null) {
  account.requirements = {
    ...blank(),
    currently_due: fields,
    eventually_due: fields,
    current_deadline: dueInDays === null ? null : tx.now + dueInDays * day,
  };
  if (dueInDays === 0) missDeadline(tx, account);
  else setCapabilities(tx, account, account.charges_enabled ? 'active' : 'inactive');
}

/** Everything asked for was given: the account works again. */
export function satisfy(tx: Tx, account: AccountRow) {
  account.requirements = blank();
  account.charges_enabled = true;
  account.payouts_enabled = true;
  account.details_submitted = true;
  setCapabilities(tx, account, 'active');
  wake(tx, nextMidnight(tx.unit.made));
}

/** Epoch seconds at which an account's deadline passes. */
export function deadlineOf({ requirements }: AccountRow) {
  return requirements?.current_deadline ?? null;
}
