import type Stripe from 'stripe';

type With<T, H> = T & { _: H };

/** The money of one account in one mode; minor units by currency. */
export type BalanceRow = With<
  { id: string; object: 'balance'; created: number; livemode: boolean },
  {
    currencies: Record<string, { available: number; pending: number }>;
    /** How often money became available, for the event. */
    releases: number;
    /** Epoch seconds of the next release, payout or waiting refund. */
    next: number | null;
    /** Refunds that wait for money. */
    waiting: string[];
  }
>;
export type BalanceTransactionRow = With<
  Omit<Stripe.BalanceTransaction, 'source'> & { source: string | null },
  { payout: string | null }
>;
/** Lives in the scope of the platform that earned it. */
export type ApplicationFeeRow = With<Stripe.ApplicationFee, object>;
export type FeeRefundRow = With<Stripe.FeeRefund, object>;
export type RefundRow = With<
  Stripe.Refund,
  {
    livemode: boolean;
    /** What becomes of it, and when (epoch seconds). */
    turns?: { status: 'failed' | 'succeeded'; at: number } | null;
    /** Minor units of the application fee that go back with it. */
    fee: number;
  }
>;
export type DisputeRow = With<
  Stripe.Dispute,
  {
    /** What the bank decides, and when (epoch seconds). */
    verdict?: { status: 'won' | 'lost' | 'escalated'; at: number } | null;
  }
>;
export type PayoutRow = With<Stripe.Payout, { submits: number }>;
export type BankAccountRow = With<Stripe.BankAccount, { failure: string | null; created: number }>;
export type TransferRow = With<Stripe.Transfer, object>;
export type TransferReversalRow = With<Stripe.TransferReversal, object>;

export type CapabilityRow = With<Stripe.Capability, object>;
export type AccountLinkRow = With<
  Stripe.AccountLink & { id: string },
  { account: string; refresh_url: string; return_url: string; used: boolean }
>;

export interface MoneyRows {
  account_link: AccountLinkRow;
  capability: CapabilityRow;
  application_fee: ApplicationFeeRow;
  balance: BalanceRow;
  balance_transaction: BalanceTransactionRow;
  bank_account: BankAccountRow;
  dispute: DisputeRow;
  fee_refund: FeeRefundRow;
  payout: PayoutRow;
  refund: RefundRow;
  transfer: TransferRow;
  transfer_reversal: TransferReversalRow;
}
