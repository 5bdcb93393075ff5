import { partOf } from './money.ts';

/** What somebody took back of a sale, as Stripe has it now; amounts are minor units and never negative. */
export type Refund = { id: string; amount: number; currency: string };
export type Dispute = {
  id: string;
  /** What the bank holds of the sale; nothing for an inquiry, and nothing again when the dispute is won. */
  withdrawn: number;
  currency: string;
  /** What Stripe asks for the dispute itself, in the currency of the account's balance. */
  fee: number;
  feeCurrency: string;
  /** `open` until the bank has decided; an inquiry, and what never took money, is `none`. */
  standing: 'none' | 'open' | 'won' | 'lost';
};

/** Everything that was taken back of one paid invoice. */
export type TakenBack = {
  /** Those that succeeded or are under way. */
  refunds: readonly Refund[];
  disputes: readonly Dispute[];
  /** Of the platform's fee: what was taken with the sale, and what of it was given back. */
  fee: { amount: number; returned: number };
};

/** The sale as it was booked. */
export type Sold = { currency: string; paid: number; tax: number; commission: number };

export type ReversalKind =
  | 'refund'
  | 'refund_failed'
  | 'dispute'
  | 'dispute_reinstated'
  | 'dispute_fee'
  | 'dispute_fee_returned'
  | 'commission_returned';
type Account = 'customer' | 'organisation' | 'commission' | 'tax' | 'processor';

/** `lines` sum to zero. `cause` is Stripe's id of what it books. */
export type Reversal = {
  kind: ReversalKind;
  cause: string;
  currency: string;
  lines: { account: Account; amount: number }[];
};

/** What is booked of each cause so far, by kind and cause. */
export type Booked = Record<string, number>;

type Fact = {
  of: 'refund' | 'dispute' | 'dispute_fee' | 'commission';
  cause: string;
  currency: string;
  value: number;
};

const kinds: Record<Fact['of'], { more: ReversalKind; less: ReversalKind }> = {
  refund: { more: 'refund', less: 'refund_failed' },
  dispute: { more: 'dispute', less: 'dispute_reinstated' },
  dispute_fee: { more: 'dispute_fee', less: 'dispute_fee_returned' },
  // Stripe takes no returned fee again, so this never falls.
  commission: { more: 'commission_returned', less: 'commission_returned' },
};

const refundPrefix = 'refund:';
const refunded = (booked: Booked): number =>
  Object.entries(booked).reduce((sum, [key, value]) => (key.startsWith(refundPrefix) ? sum + value : sum), 0);

function factsOf(
  invoiceId: string,
  sold: Sold,
  { refunds, disputes, fee }: TakenBack,
  booked: Booked,
): Fact[] {
  const { currency } = sold;
  // Booked once and not named by Stripe any more: it failed or was cancelled.
  const gone = Object.keys(booked)
    .filter(
      (key) => key.startsWith(refundPrefix) && !refunds.some(({ id }) => key === `${refundPrefix}${id}`),
    )
    .map((key): Fact => ({ of: 'refund', cause: key.slice(refundPrefix.length), currency, value: 0 }));
  return [
    ...gone,
    ...refunds.map(({ id, amount }): Fact => ({ of: 'refund', cause: id, currency, value: amount })),
    ...disputes.flatMap((one): Fact[] => [
      { of: 'dispute', cause: one.id, currency, value: one.withdrawn },
      { of: 'dispute_fee', cause: one.id, currency: one.feeCurrency, value: one.fee },
    ]),
    {
      of: 'commission',
      cause: invoiceId,
      currency,
      value: fee.amount > 0 ? partOf(sold.commission, fee.returned, fee.amount) : 0,
    },
  ];
}

function linesOf({ of }: Fact, moved: number, tax: number): Reversal['lines'] {
  const all: Reversal['lines'] = {
    refund: [
      { account: 'customer' as const, amount: moved },
      { account: 'tax' as const, amount: -tax },
      { account: 'organisation' as const, amount: tax - moved },
    ],
    dispute: [
      { account: 'customer' as const, amount: moved },
      { account: 'organisation' as const, amount: -moved },
    ],
    dispute_fee: [
      { account: 'processor' as const, amount: moved },
      { account: 'organisation' as const, amount: -moved },
    ],
    commission: [
      { account: 'organisation' as const, amount: moved },
      { account: 'commission' as const, amount: -moved },
    ],
  }[of];
  return all.filter(({ amount }) => amount !== 0);
}

/**
 * What is to be booked so that the ledger says what Stripe says: an entry for each cause that changed. Whatever the
 * order and number of calls, what is booked in all depends on `taken` alone: tax is reckoned from the sum of all
 * refunds, so that the parts of several refunds sum to the whole.
 * Tax follows refunds; a dispute leaves it to the organisation, which has to reckon it with its authority.
 */
export function reversals(
  invoiceId: string,
  sold: Sold,
  taken: TakenBack,
  before: Booked,
): { entries: Reversal[]; booked: Booked } {
  const booked = { ...before };
  const taxBack = () =>
    sold.paid > 0 ? partOf(sold.tax, Math.min(refunded(booked), sold.paid), sold.paid) : 0;
  const entries: Reversal[] = [];
  for (const fact of factsOf(invoiceId, sold, taken, before)) {
    const key = `${fact.of}:${fact.cause}`;
    const moved = fact.value - (booked[key] ?? 0);
    if (moved === 0) continue;
    const taxBefore = taxBack();
    booked[key] = fact.value;
    entries.push({
      kind: kinds[fact.of][moved > 0 ? 'more' : 'less'],
      cause: fact.cause,
      currency: fact.currency,
      lines: linesOf(fact, moved, taxBack() - taxBefore),
    });
  }
  return { entries, booked };
}

const sum = (amounts: number[]): number => amounts.reduce((total, one) => total + one, 0);

/** What goes back of the platform's fee: its part in what was refunded, or lost to the buyer's bank (peers.md P59). */
export function feeToReturn(
  fee: number,
  charged: number,
  { refunds, disputes }: Omit<TakenBack, 'fee'>,
): number {
  if (charged === 0) return 0;
  const lost = disputes.filter(({ standing }) => standing === 'lost').map(({ withdrawn }) => withdrawn);
  const back = sum(refunds.map(({ amount }) => amount)) + sum(lost);
  return partOf(fee, Math.min(back, charged), charged);
}

/** What the sale still stands for. `refunded` is all of it; a part of the money back leaves what was bought. */
export function standingOf(
  paid: number,
  { refunds, disputes }: Omit<TakenBack, 'fee'>,
): 'good' | 'disputed' | 'lost' | 'refunded' {
  if (disputes.some(({ standing }) => standing === 'open')) return 'disputed';
  if (disputes.some(({ standing }) => standing === 'lost')) return 'lost';
  return paid > 0 && sum(refunds.map(({ amount }) => amount)) >= paid ? 'refunded' : 'good';
}
export type Standing = ReturnType<typeof standingOf>;
