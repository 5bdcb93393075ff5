import type { Mode } from '../contract/schemas.ts';
import type { LedgerEntry } from '../domain/apply-payment.ts';
import type { ExchangeRates } from '../domain/localise.ts';
import type { Payout } from '../domain/payout.ts';
import type { Connection, Organisation, WidgetConfig } from '../domain/purchase.ts';
import type { Difference, Reconciliation } from '../domain/reconciliation.ts';
import type { Booked, Reversal } from '../domain/reversal.ts';
import type { Subscriber } from '../domain/subscriber.ts';

/** Unix seconds of the event that brought it. */
type ReversalEntry = Reversal & { invoiceId: string; subscriptionId?: string; at: number };

/**
 * What the table holds under each key. The table is ours alone and every write goes through `keys` and these
 * types, so reading back is the one place where a stored item is taken for its type without parsing.
 */
export type Records = {
  organisation: Organisation;
  connection: Connection;
  account: { orgId: string; mode: Mode; version: number };
  accountList: { account: string; orgId: string };
  reconciliation: Reconciliation & { version: number };
  difference: Difference & { expiresAt: number };
  widget: { widgetId: string; orgId: string; mode: Mode; version: number };
  /** Written once, by the first purchase in test mode that was paid (R2.6 "test"). */
  testPurchase: { at: string };
  /** The widgets of an organisation, oldest first by `since`. */
  orgWidget: { widgetId: string; since: string };
  config: WidgetConfig;
  subscriber: Subscriber;
  /**
   * `currency` is the one this customer buys in, once they have bought: Stripe allows one (peers.md P32). `formerCustomerId`
   * stands there alone after the customer was deleted in Stripe, until the next one is made.
   */
  person: { stripeCustomerId?: string; currency?: string; formerCustomerId?: string };
  /** A trial that was used, under a hash of who used it (R1.4). */
  trialUse: { attemptId: string; widgetId: string; at: string };
  /** The version of the terms somebody accepted before a purchase (R8.5). */
  consent: { termsVersion: string; action: string; attemptId: string; at: string };
  exchangeRates: ExchangeRates & { version: number };
  /** `locale` is the language they read (BCP 47), where the platform's token says it. */
  profile: { email?: string; name?: string; country?: string; locale?: string };
  customer: { orgId: string; widgetId: string; userId: string };
  ledger: (LedgerEntry | ReversalEntry) & { orgId: string };
  reversals: { booked: Booked; version: number };
  payout: Payout & { version: number };
  /** `bucket` says which five minutes, as its sort key does. */
  health: { bucket: string; succeeded?: number; failed?: number; expiresAt: number };
  /** Somebody looks at this minute's failures. */
  healthCheck: { expiresAt: number };
  alert: { raisedAt: number; expiresAt: number };
  audit: { action: string; orgId: string; at: string; subject: string; by: string };
  /** One use, once per `eventId`. */
  usageEntry: {
    eventId: string;
    kind: 'query' | 'workflow' | 'credit';
    quantity: number;
    occurredAt: string;
    at: string;
    expiresAt: number;
  };
  usageDay: { date: string; perQuery: number; perWorkflow: number; perCredit: number; version: number };
  /** `leaseUntil` (unix seconds) while work is under way that cannot be part of a transaction. */
  eventMarker: { at: string; leaseUntil?: number };
  /** An event of our own on its way to the bus, as the bus takes it. */
  outbox: { type: string; event: string; expiresAt: number };
  idempotency: {
    requestHash: string;
    leaseUntil: number;
    expiresAt: number;
    token: string;
    response?: { statusCode: number; body: string };
  };
  requestCount: { requests: number; expiresAt: number };
  connectState: {
    orgId: string;
    mode: Mode;
    userId: string;
    returnUrl: string;
    /** The admin confirmed that another account may take the connected one's place (peers.md P77). */
    replaceAccount: boolean;
    expiresAt: number;
    used: boolean;
    version: number;
  };
};
