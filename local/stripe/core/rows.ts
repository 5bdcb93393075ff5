import type Stripe from 'stripe';
import type { MeteringRows } from './metering-rows.ts';
import type { MoneyRows } from './money-rows.ts';
import type { CheckoutSessionRow, PortalConfigurationRow, PortalSessionRow } from './page-rows.ts';

export type { CheckoutItem, CheckoutSessionRow } from './page-rows.ts';

/** What the emulator knows of an object and Stripe does not show. */
type With<T, H> = T & { _: H };
/** On the wire decimals are strings; the SDK reads them as `Stripe.Decimal`. */
type Undecimal<T, K extends keyof T> = Omit<T, K> & { [P in K]: string | null };

export interface CardNature {
  /** Decline code of every charge, or null when they succeed. */
  charge: string | null;
  /** Decline code when it is attached or set up. */
  attach: string | null;
  /** When the bank asks for the cardholder. */
  authentication: 'never' | 'always' | 'until_set_up' | 'on_session';
  /** What 3-D Secure makes of it when it is asked for without need; undefined succeeds. */
  threeDSecure?: 'error' | 'optional' | 'unenrolled' | 'unsupported';
  /** What Radar thinks of its charges. */
  risk?: 'elevated' | 'highest';
  failsChecks?: ('address_unavailable' | 'cvc' | 'line1' | 'postal_code')[];
  /** What the cardholder does after a charge. */
  dispute?: 'fraudulent' | 'product_not_received' | 'inquiry';
  refund?: 'fails' | 'pending';
  pending?: 'bypassed';
  /** Of bank debits: seconds until the bank answers; null never. */
  answersAfter?: number | null;
  /** The agreement its debits rest on. */
  mandate?: string | null;
  /** True once it was used up: paid with without a customer, or detached. */
  used?: boolean;
  /** True once the holder of a bank account has shown that it is theirs. */
  verified?: boolean;
  /** True when the small deposits that verify it cannot be sent. */
  failsMicrodeposits?: boolean;
  microdepositTries?: number;
  /** How often its network told of a new card in its place. */
  replacements?: number;
}

export type PriceTier = Undecimal<Stripe.Price.Tier, 'flat_amount_decimal' | 'unit_amount_decimal'>;
export type PriceOption = Undecimal<Omit<Stripe.Price.CurrencyOptions, 'tiers'>, 'unit_amount_decimal'> & {
  tiers?: PriceTier[];
};
export type PriceRow = With<
  Undecimal<Omit<Stripe.Price, 'tiers' | 'currency_options'>, 'unit_amount_decimal'>,
  {
    /** Both are shown only when expanded; options by currency, without the price's own. */
    tiers?: PriceTier[];
    options?: Record<string, PriceOption>;
    /** On a subscription's item: the currency it is charged in. */
    currency?: string;
  }
>;
export type ProductRow = With<Stripe.Product, object>;
export type CustomerRow = With<Stripe.Customer, { ip?: string | null; invoices: number }>;
export type PaymentMethodRow = With<Stripe.PaymentMethod, CardNature>;
/** Stripe shows no id of these two; here they are stored by one. */
export type CashBalanceRow = With<Stripe.CashBalance & { id: string }, { fundings: number }>;
export type CustomerSessionRow = With<Stripe.CustomerSession & { id: string }, object>;
export type CashBalanceTransactionRow = With<Stripe.CustomerCashBalanceTransaction, object>;
export type MandateRow = With<Stripe.Mandate, object>;
export type SetupAttemptRow = With<Stripe.SetupAttempt, object>;
export type PaymentIntentRow = With<
  Stripe.PaymentIntent,
  {
    invoice: string | null;
    offSession: boolean;
    returnUrl: string | null;
    /** Of a bank transfer: what has come in, in minor units. */
    funded?: number;
    /** Epoch seconds at which the bank answers, or lets go of what it holds. */
    due?: number | null;
  }
>;
export type SetupIntentRow = With<
  Stripe.SetupIntent,
  { subscription: string | null; returnUrl: string | null; due?: number | null }
>;
export type ChargeRow = With<
  Stripe.Charge,
  {
    expired?: boolean;
    /** What the cardholder will say of it, and when (epoch seconds). */
    dispute?: { nature: NonNullable<CardNature['dispute']>; at: number } | null;
    /** Epoch seconds at which its money becomes available. */
    availableOn?: number;
  }
>;

export type PlanRow = Undecimal<Omit<Stripe.Plan, 'tiers'>, 'amount_decimal'>;
/** What was last charged for an item: minor units for the time from `start` to `end` (epoch seconds). */
export interface Debit {
  amount: number;
  start: number;
  end: number;
  line: string;
  /** The invoice item of a line that waits for its invoice. */
  invoiceItem?: string | null;
  price: string;
  product: string;
  unitAmount: string | null;
  quantity: number;
}
export type SubscriptionItemRow = Omit<Stripe.SubscriptionItem, 'price' | 'plan'> & {
  price: Omit<PriceRow, '_'> & { _?: PriceRow['_'] };
  plan: PlanRow;
  /** `debit` is null when nothing was charged for the running period. */
  _?: { debit: Debit | null };
};
/** What of a subscription an unpaid invoice can put off or take back. */
export interface SubscriptionTerms {
  items: SubscriptionItemRow[];
  billing_cycle_anchor: number;
  trial_end: number | null;
  trial_start: number | null;
  status: string;
  metadata: Record<string, string>;
}
export type SubscriptionRow = With<
  Omit<Stripe.Subscription, 'items'> & { items: Stripe.ApiList<SubscriptionItemRow> },
  {
    trialWarned: boolean;
    /** The period's end that was announced by `invoice.upcoming`. */
    announced?: number;
    /** When the end of the trial was last set. */
    trialSetAt?: number;
    expiresAt: number | null;
    /** A change that waits for its invoice to be paid, and the terms it brings. */
    pending?: { invoice: string; terms: SubscriptionTerms } | null;
    /** Counts of pending updates that came to an end, for their events. */
    applied?: number;
    expired?: number;
    /** The invoice a paused subscription resumes with, and the terms to go back to when it is not paid. */
    resumption?: { invoice: string; expiresAt: number; terms: SubscriptionTerms } | null;
    /** Proration behaviour for the part of a period up to the anchor. */
    stubs?: 'none' | 'prorated';
  }
>;
export type SubscriptionScheduleRow = With<
  Stripe.SubscriptionSchedule,
  {
    /** True when its end was announced, which is not done for one nearer than that when it was last changed. */
    expiring: boolean;
    since: number;
    /** True when its subscription ended for want of payment. */
    aborted?: boolean;
  }
>;
export type LineRow = Undecimal<Omit<Stripe.InvoiceLineItem, 'pricing'>, 'quantity_decimal'> & {
  pricing: {
    type: 'price_details';
    unit_amount_decimal: string | null;
    price_details: { price: string; product: string };
  };
  /** Of what was used: filled in again until the invoice is finalised. */
  _?: { usage?: { meter: string; customer: string } };
};
export type InvoiceRow = With<
  Omit<Stripe.Invoice, 'lines' | 'payments' | 'confirmation_secret'> & { lines: Stripe.ApiList<LineRow> },
  {
    subscription: string | null;
    /** True while it is finalised: only then credit is spent. */
    spends?: boolean;
    /** True for what Checkout was paid for: the customer's balance is left alone. */
    leavesBalance?: boolean;
    paymentIntent: string | null;
    feeAmount: number | null;
    feePercent: number | null;
    failures: number;
    actionsRequired: number;
    /** How often it was sent, and whether its due date was announced and passed. */
    sent?: number;
    warned?: boolean;
    overdue?: boolean;
  }
>;
export type InvoicePaymentRow = With<Stripe.InvoicePayment, object>;
export type InvoiceItemRow = With<
  Omit<Undecimal<Stripe.InvoiceItem, 'quantity_decimal'>, 'pricing' | 'deleted'> & {
    pricing: LineRow['pricing'];
  },
  {
    created: number;
    /** Of the line it is or becomes. */
    line: string;
    /** Of a proration's line. */
    parent: LineRow['parent'];
    /** Who created it. */
    application: string | null;
  }
>;
/** The invoice an `invoice.upcoming` event tells of. */
export type UpcomingInvoiceRow = With<
  { id: string; object: 'upcoming_invoice'; created: number; livemode: boolean; invoice: InvoiceRow },
  object
>;
export type CreditNoteLineRow = Undecimal<Stripe.CreditNoteLineItem, 'unit_amount_decimal'>;
export type CreditNoteRow = With<
  Omit<Stripe.CreditNote, 'lines'> & { lines: Stripe.ApiList<CreditNoteLineRow> },
  object
>;
export type CustomerBalanceTransactionRow = With<Stripe.CustomerBalanceTransaction, object>;
/** What a coupon takes off, as it was when it was redeemed: deleting the coupon does not change it. */
export interface DiscountTerms {
  percent_off: number | null;
  /** Minor units by currency, or null for a percentage. */
  amounts: Record<string, number> | null;
  duration: Stripe.Coupon.Duration;
  months: number | null;
  products: string[] | null;
}
export type CouponRow = With<
  Omit<Stripe.Coupon, 'applies_to' | 'currency_options' | 'deleted'>,
  { products: string[] | null; amounts: Record<string, number> | null; deleted: boolean }
>;
export type PromotionCodeRow = With<
  Omit<Stripe.PromotionCode, 'restrictions'> & {
    restrictions: Omit<Stripe.PromotionCode.Restrictions, 'currency_options'>;
  },
  { minimums: Record<string, number> }
>;
/** Kept after it ended, marked `deleted`, as invoices still name it. */
export type DiscountRow = With<
  Omit<Stripe.Discount, 'deleted' | 'end'> & { end?: number | null; deleted?: true },
  { created: number; end: number | null; terms: DiscountTerms }
>;
export type AccountRow = With<
  Stripe.Account,
  {
    /** What becomes of a subscription when its last retry failed. */
    afterRetries?: 'cancel' | 'past_due' | 'unpaid';
  }
>;
/** `advancedAt`: when its advance began, by the emulator's clock. */
export type TestClockRow = With<Omit<Stripe.TestHelpers.TestClock, 'deleted'>, { advancedAt: number }>;
export type EventRow = With<Stripe.EventBase, object>;
export type WebhookEndpointRow = With<
  Stripe.WebhookEndpoint,
  { secrets: { secret: string; expiresAt: number | null }[]; connect: boolean }
>;
/** `sourceEnds`: when AWS removes an event source nobody took on, epoch seconds. */
export type EventDestinationRow = With<
  Stripe.V2.Core.EventDestination,
  {
    url: string | null;
    secrets: { secret: string; expiresAt: number | null }[];
    pings: number;
    sourceEnds: number | null;
  }
>;
/** An account's consent to an application; lives in the account's own scope. */
export type ConnectionRow = With<
  {
    id: string;
    object: 'connection';
    created: number;
    livemode: boolean;
    application: string;
    authorized: boolean;
  },
  {
    /** What it may do; everything without. */
    access?: string;
  }
>;
export type OAuthCodeRow = With<
  { id: string; object: 'oauth_code'; created: number; livemode: boolean },
  { account: string; clientId: string; scope: string; used: boolean; redirectUri: string | null }
>;

export interface Rows extends MeteringRows, MoneyRows {
  account: AccountRow;
  cash_balance: CashBalanceRow;
  'billing_portal.configuration': PortalConfigurationRow;
  'billing_portal.session': PortalSessionRow;
  charge: ChargeRow;
  'checkout.session': CheckoutSessionRow;
  connection: ConnectionRow;
  coupon: CouponRow;
  credit_note: CreditNoteRow;
  customer: CustomerRow;
  customer_cash_balance_transaction: CashBalanceTransactionRow;
  customer_session: CustomerSessionRow;
  customer_balance_transaction: CustomerBalanceTransactionRow;
  discount: DiscountRow;
  event: EventRow;
  invoice: InvoiceRow;
  invoice_payment: InvoicePaymentRow;
  invoiceitem: InvoiceItemRow;
  mandate: MandateRow;
  oauth_code: OAuthCodeRow;
  payment_intent: PaymentIntentRow;
  payment_method: PaymentMethodRow;
  price: PriceRow;
  product: ProductRow;
  promotion_code: PromotionCodeRow;
  setup_attempt: SetupAttemptRow;
  setup_intent: SetupIntentRow;
  subscription: SubscriptionRow;
  subscription_schedule: SubscriptionScheduleRow;
  'test_helpers.test_clock': TestClockRow;
  'v2.core.event_destination': EventDestinationRow;
  upcoming_invoice: UpcomingInvoiceRow;
  webhook_endpoint: WebhookEndpointRow;
}
export type KindName = keyof Rows;
export type Row = Rows[KindName];

/** The id of a field that may hold an expanded object. */
export function idOf(value: string | { id: string } | null | undefined): string | null {
  return typeof value === 'string' ? value : (value?.id ?? null);
}
