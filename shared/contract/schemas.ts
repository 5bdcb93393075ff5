import * as z from 'zod/mini';

/** Ids of ours and of the platform's: letters, digits, `_` and `-`, so that they never break a key. */
export const id = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1-64 letters, digits, "_" or "-"'));
export const userId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_|@.:-]{1,128}$/, 'must be 1-128 letters, digits or any of "_|@.:-"'));
export const mode = z.enum(['test', 'live']);
export type Mode = z.output<typeof mode>;

/** ISO 4217, lower case, as Stripe writes it. */
export const currency = z
  .string()
  .check(z.regex(/^[a-z]{3}$/, 'must be a lower-case ISO 4217 code such as "usd"'));
/** Minor units of its currency; Stripe's largest amount has 8 digits. */
export const amount = z.int().check(z.minimum(0), z.maximum(99_999_999));
export const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/));
export const url = z
  .string()
  .check(z.maxLength(2048), z.regex(/^https?:\/\/[^\s]+$/, 'must be an http(s) URL'));
const text = (longest: number) => z.string().check(z.minLength(1), z.maxLength(longest));
export const name = text(120);
export const interval = z.enum(['month', 'year']);

export const tier = z.strictObject({
  id,
  name,
  price: amount,
  interval,
  features: z.array(text(200)).check(z.maxLength(50)),
  credits: z.optional(z.int().check(z.minimum(0), z.maximum(1_000_000_000))),
});
export type Tier = z.output<typeof tier>;

/** A decimal of a minor unit, as text so that it stays exact: "0.25" is a quarter of a cent. */
const rate = z.string().check(z.regex(/^\d{1,8}(\.\d{1,12})?$/, 'must be a decimal such as "0.25"'));
export const usageRates = z.strictObject({
  perQuery: z.optional(rate),
  perWorkflow: z.optional(rate),
  perCredit: z.optional(rate),
});
export const product = z.strictObject({ id, name, price: amount });
export const legal = z.strictObject({
  terms: z.optional(url),
  privacy: z.optional(url),
  refund: z.optional(url),
});

export const pricing = z.strictObject({
  model: z.enum(['subscription', 'usage', 'hybrid']),
  tiers: z.array(tier).check(
    z.maxLength(24),
    z.refine((tiers) => new Set(tiers.map((one) => one.id)).size === tiers.length, 'tier ids must differ'),
  ),
  trialDays: z.optional(z.literal([7, 14, 21])),
  usageRates: z.optional(usageRates),
  products: z.optional(z.array(product).check(z.maxLength(50))),
});

/** R6.2 without ids: what an organisation may set. */
export const widgetConfigInput = z.strictObject({
  paymentEnabled: z.boolean(),
  pricing,
  metadata: z.strictObject({
    currency,
    taxConfig: z.optional(z.record(z.string(), z.unknown())),
    invoiceSettings: z.optional(z.record(z.string(), z.unknown())),
  }),
  overage: z.optional(z.enum(['block', 'bill', 'topup'])),
  legal: z.optional(legal),
  allowedOrigins: z.optional(
    z
      .array(
        z.string().check(z.regex(/^https?:\/\/[^/\s]+$/, 'must be an origin such as "https://example.com"')),
      )
      .check(z.maxLength(50)),
  ),
});
export type WidgetConfigInput = z.output<typeof widgetConfigInput>;

export const widgetConfig = z.object({
  ...widgetConfigInput.shape,
  widgetId: id,
  orgId: id,
  stripeConnectId: z.string(),
  mode,
  version: z.int(),
  updatedAt: time,
});

export const subscriptionStatus = z.enum([
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
]);
export type SubscriptionStatus = z.output<typeof subscriptionStatus>;

export const subscription = z.object({
  id: z.string(),
  status: subscriptionStatus,
  tier: id,
  tierName: z.string(),
  price: amount,
  currency,
  interval,
  currentPeriodEnd: z.nullable(time),
  cancelAtPeriodEnd: z.boolean(),
  cancelAt: z.optional(time),
  trialEnd: z.optional(time),
  configVersion: z.int(),
});
export type SubscriptionView = z.output<typeof subscription>;

export const credits = z.object({ balance: z.int(), granted: z.int(), used: z.int(), overage: z.int() });
export const usage = z.object({
  perQuery: z.number(),
  perWorkflow: z.number(),
  perCredit: z.number(),
  since: z.optional(time),
});

export const connection = z.object({
  stripeConnectId: z.string(),
  status: z.enum(['connected', 'disconnected']),
  chargesEnabled: z.boolean(),
  payoutsEnabled: z.boolean(),
  detailsSubmitted: z.boolean(),
  requirements: z.array(z.string()),
});
export type ConnectionView = z.output<typeof connection>;

export const paymentMethod = z.object({
  id: z.string(),
  type: z.string(),
  brand: z.optional(z.string()),
  last4: z.string(),
  expMonth: z.optional(z.int()),
  expYear: z.optional(z.int()),
  isDefault: z.boolean(),
});
export const stripeId = (prefix: string) =>
  z
    .string()
    .check(
      z.regex(new RegExp(`^${prefix}_[A-Za-z0-9_]{1,200}$`), `must be an id that starts with "${prefix}_"`),
    );
