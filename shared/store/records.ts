import type { Mode } from '../contract/schemas.ts';
import type { LedgerEntry } from '../domain/apply-payment.ts';
import type { Connection, Organisation, WidgetConfig } from '../domain/purchase.ts';
import type { Subscriber } from '../domain/subscriber.ts';

/**
 * What the table holds under each key. The table is ours alone and every write goes through `keys` and these
 * types, so reading back is the one place where a stored item is taken for its type without parsing.
 */
export type Records = {
  organisation: Organisation;
  connection: Connection;
  account: { orgId: string; mode: Mode; version: number };
  widget: { widgetId: string; orgId: string; mode: Mode; version: number };
  config: WidgetConfig;
  subscriber: Subscriber;
  person: { stripeCustomerId: string };
  profile: { email?: string; name?: string; country?: string };
  customer: { orgId: string; widgetId: string; userId: string };
  ledger: LedgerEntry & { orgId: string };
  audit: { action: string; orgId: string; at: string; subject: string; by: string };
  eventMarker: { at: string };
  idempotency: {
    requestHash: string;
    leaseUntil: number;
    expiresAt: number;
    token: string;
    response?: { statusCode: number; body: string };
  };
  connectState: {
    orgId: string;
    mode: Mode;
    userId: string;
    returnUrl: string;
    expiresAt: number;
    used: boolean;
    version: number;
  };
};
