import type { Mode } from '../contract/schemas.ts';
import type { Records } from './records.ts';

/** A key knows the type of the item under it; `holds` exists for the compiler only. */
export type Key<R extends keyof Records = keyof Records> = { PK: string; SK: string; readonly holds?: R };
const key = <R extends keyof Records>(PK: string, SK: string): Key<R> => ({ PK, SK });

/** How many partitions a day of one organisation's ledger is spread over (design.md: no hot key). */
const shards = 16;
/** A purchase leaves several audit entries: their days are spread wider. */
const auditShards = 64;
export const healthShards = 8;
/** FNV-1a: any fixed spread will do, as long as the same id always gives the same shard. */
export const shardOf = (id: string, of = shards): string => {
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return String(hash % of).padStart(2, '0');
};
export const shardNames = Array.from({ length: shards }, (_, index) => String(index).padStart(2, '0'));
/** Records that every purchase, event and page reads, by sort key, and that only an admin changes. */
const copied = new Set(['ORGANISATION', 'ACCOUNT', 'WIDGET', 'CONFIG', 'LATEST']);
type Copied = 'organisation' | 'account' | 'widget' | 'config' | 'exchangeRates';
const copy = (PK: string, shard: string): string => (shard === '00' ? PK : `${PK}#${shard}`);
/** Where else a record lies; every write of it writes these too (Table.commit). */
export const copiesOf = ({ PK, SK }: Key): Key[] =>
  copied.has(SK) ? shardNames.slice(1).map((shard) => ({ PK: copy(PK, shard), SK })) : [];
/**
 * The copy of a record to read on behalf of `id`, a person or an event: DynamoDB serves 3,000 strongly consistent reads a
 * second of one key, and a large organisation needs more.
 */
export const near = <R extends Copied>({ PK, SK }: Key<R>, id: string): Key<R> =>
  key<R>(copy(PK, shardOf(id)), SK);
const day = (at: Date): string => at.toISOString().slice(0, 10);

/**
 * Every key of the table. Mode stands first in the partition key of whatever belongs to a mode (R2.5), so no
 * record can be reached from the other one.
 */
export const keys = {
  organisation: (orgId: string) => key<'organisation'>(`ORG#${orgId}`, 'ORGANISATION'),
  connection: (mode: Mode, orgId: string) => key<'connection'>(`${mode}#ORG#${orgId}`, 'CONNECTION'),
  /** Connected account -> organisation. */
  account: (mode: Mode, account: string) => key<'account'>(`${mode}#ACCOUNT#${account}`, 'ACCOUNT'),
  /** The accounts of a mode that were ever connected, spread over shards: every one is found without a scan. */
  accountList: (mode: Mode, shard: string, account = '') =>
    key<'accountList'>(`${mode}#ACCOUNTS#${shard}`, `ACCOUNT#${account}`),
  /** How far the comparison of an account with Stripe is, and what it found. */
  reconciliation: (mode: Mode, account: string) =>
    key<'reconciliation'>(`${mode}#RECONCILIATION#${account}`, 'STATE'),
  difference: (mode: Mode, account: string, runId: string, object: string) =>
    key<'difference'>(`${mode}#RECONCILIATION#${account}`, `DIFFERENCE#${runId}#${object}`),
  /** Which organisation a widget belongs to and the mode it sells in. */
  widget: (widgetId: string) => key<'widget'>(`WIDGET#${widgetId}`, 'WIDGET'),
  config: (mode: Mode, widgetId: string) => key<'config'>(`${mode}#WIDGET#${widgetId}`, 'CONFIG'),
  configVersion: (mode: Mode, widgetId: string, version: number) =>
    key<'config'>(`${mode}#WIDGET#${widgetId}`, `CONFIG#${String(version).padStart(8, '0')}`),
  subscriber: (mode: Mode, widgetId: string, userId: string) =>
    key<'subscriber'>(`${mode}#SUBSCRIBER#${widgetId}#${userId}`, 'SUBSCRIBER'),
  /** E-mail and name: the only item with personal data. */
  profile: (mode: Mode, widgetId: string, userId: string) =>
    key<'profile'>(`${mode}#SUBSCRIBER#${widgetId}#${userId}`, 'PROFILE'),
  /** One Stripe customer per person and connected account (peers.md P31). */
  person: (mode: Mode, account: string, userId: string) =>
    key<'person'>(`${mode}#PERSON#${account}#${userId}`, 'PERSON'),
  /** `hash` hides who it was (store/trials.ts). */
  trialUse: (mode: Mode, orgId: string, hash: string) =>
    key<'trialUse'>(`${mode}#TRIAL#${orgId}#${hash}`, 'TRIAL'),
  consent: (mode: Mode, widgetId: string, userId: string, attemptId: string) =>
    key<'consent'>(`${mode}#SUBSCRIBER#${widgetId}#${userId}`, `CONSENT#${attemptId}`),
  /** The newest, or those of a day (`2026-11-23`). */
  exchangeRates: (date = 'LATEST') => key<'exchangeRates'>('EXCHANGE_RATES', date),
  testPurchase: (widgetId: string) => key<'testPurchase'>(`WIDGET#${widgetId}`, 'TEST_PURCHASE'),
  orgWidget: (orgId: string, widgetId: string) => key<'orgWidget'>(`ORG#${orgId}`, `WIDGET#${widgetId}`),
  /** How payments ended, counted by `bucket` of time. */
  health: (mode: Mode, orgId: string, shard: string, bucket: string) =>
    key<'health'>(`${mode}#HEALTH#${orgId}#${shard}`, bucket),
  healthCheck: (mode: Mode, orgId: string, minute: number) =>
    key<'healthCheck'>(`${mode}#HEALTH#${orgId}`, `CHECK#${minute}`),
  alert: (mode: Mode, orgId: string, kind: string) =>
    key<'alert'>(`${mode}#HEALTH#${orgId}`, `ALERT#${kind}`),
  /** Customer -> subscriber, for events that carry no metadata of ours. */
  customer: (mode: Mode, account: string, customerId: string, widgetId: string) =>
    key<'customer'>(`${mode}#CUSTOMER#${account}#${customerId}`, widgetId),
  usageEntry: (mode: Mode, widgetId: string, userId: string, eventId: string) =>
    key<'usageEntry'>(`${mode}#USAGE#${widgetId}#${userId}`, `EVENT#${eventId}`),
  usageDay: (mode: Mode, widgetId: string, userId: string, date: string) =>
    key<'usageDay'>(`${mode}#USAGE#${widgetId}#${userId}`, `DAY#${date}`),
  eventMarker: (mode: Mode, account: string, eventId: string, consumer: string) =>
    key<'eventMarker'>(`${mode}#EVENT#${account}#${eventId}`, consumer),
  /** The key is made of the invoice alone, so that an invoice is booked once whatever event brought it. */
  ledger: (mode: Mode, orgId: string, paidAt: Date, invoiceId: string) =>
    key<'ledger'>(`${mode}#LEDGER#${orgId}#${day(paidAt)}#${shardOf(invoiceId)}`, `INVOICE#${invoiceId}`),
  /** What was taken back of a sale, a cause once. Booked on the day it happened, beside the sale's own shard. */
  reversal: (mode: Mode, orgId: string, at: Date, invoiceId: string, cause: string) =>
    key<'ledger'>(
      `${mode}#LEDGER#${orgId}#${day(at)}#${shardOf(invoiceId)}`,
      `REVERSAL#${invoiceId}#${cause}`,
    ),
  /** How much of a sale is taken back in the ledger so far. */
  reversals: (mode: Mode, orgId: string, invoiceId: string) =>
    key<'reversals'>(`${mode}#REVERSALS#${orgId}#${invoiceId}`, 'REVERSALS'),
  /** The payouts of a connected account, newest last. */
  payout: (mode: Mode, account: string, created: number, payoutId: string) =>
    key<'payout'>(`${mode}#PAYOUTS#${account}`, `${new Date(created * 1000).toISOString()}#${payoutId}`),
  audit: (mode: Mode, orgId: string, at: Date, id: string) =>
    key<'audit'>(
      `${mode}#AUDIT#${orgId}#${day(at)}#${shardOf(id, auditShards)}`,
      `${at.toISOString()}#${id}`,
    ),
  outbox: (mode: Mode, id: string) => key<'outbox'>(`OUTBOX#${mode}#${id}`, 'EVENT'),
  idempotency: (caller: string, endpoint: string, hash: string) =>
    key<'idempotency'>(`IDEMPOTENCY#${caller}#${endpoint}#${hash}`, 'RESPONSE'),
  requestCount: (tenant: string, minute: number, part: string) =>
    key<'requestCount'>(`REQUESTS#${tenant}#${minute}#${part}`, 'COUNT'),
  connectState: (hash: string) => key<'connectState'>(`CONNECT_STATE#${hash}`, 'STATE'),
} as const;
