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

export const country = z
  .string()
  .check(z.regex(/^[A-Z]{2}$/, 'must be a two-letter ISO 3166 code in capitals, such as "DE"'));
/** Explicit prices in other currencies, minor units; what is not here is converted at the stored daily rate (R3.4). */
const currencyPrices = z.optional(z.record(currency, amount));
const creditCount = z.int().check(z.minimum(0), z.maximum(1_000_000_000));
/** R1.5. Cards always; the others only where a tier names them, and they grant nothing before the money is there. */
export const paymentMethodType = z.enum(['card', 'us_bank_account', 'sepa_debit', 'customer_balance']);
export type PaymentMethodType = z.output<typeof paymentMethodType>;

export const tier = z.strictObject({
  id,
  name,
  price: amount,
  interval,
  features: z.array(text(200)).check(z.maxLength(50)),
  credits: z.optional(creditCount),
  currencyPrices,
  /** @default ['card'] */
  paymentMethodTypes: z.optional(z.array(paymentMethodType).check(z.minLength(1), z.maxLength(4))),
});
export type Tier = z.output<typeof tier>;

/** A decimal of a minor unit, as text so that it stays exact: "0.25" is a quarter of a cent. */
const rate = z.string().check(z.regex(/^\d{1,8}(\.\d{1,12})?$/, 'must be a decimal such as "0.25"'));
export const usageRates = z.strictObject({
  perQuery: z.optional(rate),
  perWorkflow: z.optional(rate),
  perCredit: z.optional(rate),
});
/** Sold once (R1.1): a service, a pack of credits, or access for some days with some features. */
export const product = z.strictObject({
  id,
  name,
  price: amount,
  currencyPrices,
  description: z.optional(text(500)),
  credits: z.optional(creditCount),
  accessDays: z.optional(z.int().check(z.minimum(1), z.maximum(3660))),
  features: z.optional(z.array(text(200)).check(z.maxLength(50))),
});
export type Product = z.output<typeof product>;
export const legal = z.strictObject({
  terms: z.optional(url),
  privacy: z.optional(url),
  refund: z.optional(url),
  /** What `consent.termsVersion` names; recorded with every purchase (R8.5). */
  version: z.optional(text(64)),
});
/** R11.3: what a person who wants to leave is offered: so much off for so many months. */
export const stayOffer = z.strictObject({
  id,
  percentOff: z.int().check(z.minimum(1), z.maximum(100)),
  months: z.int().check(z.minimum(1), z.maximum(12)),
  message: z.optional(text(500)),
});
export type StayOffer = z.output<typeof stayOffer>;
const day = z.int().check(z.minimum(0), z.maximum(60));
const days = z.array(day).check(
  z.maxLength(10),
  z.refine((all) => new Set(all).size === all.length, 'must differ'),
);
/** @default grace of 7 days, the end on day 21, messages on 0, 3, 6, 14, 20, retries on 2, 7, 14, 20 */
export const dunning = z.strictObject({
  graceDays: z.optional(day),
  endDay: z.optional(z.int().check(z.minimum(1), z.maximum(60))),
  messageDays: z.optional(days),
  retryDays: z.optional(days),
});
export const branding = z.strictObject({
  /** @default the organisation's name */
  name: z.optional(name),
  color: z.optional(z.string().check(z.regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as "#1a73e8"'))),
  logoUrl: z.optional(
    z.string().check(z.maxLength(2048), z.regex(/^https:\/\/[^\s"<>]+$/, 'must be an https URL')),
  ),
  supportEmail: z.optional(z.string().check(z.email())),
});

/** Taxes are the organisation's: it is the seller. Other keys are kept for it and mean nothing to us. */
export const taxConfig = z.looseObject({
  /** Stripe Tax reckons the tax, once the account's tax settings are active. */
  automatic: z.optional(z.boolean()),
  /** Whether prices include tax. @default exclusive */
  behavior: z.optional(z.enum(['inclusive', 'exclusive'])),
  /** Stripe's code for what is sold, such as `txcd_10103001` (software as a service). */
  taxCode: z.optional(
    z.string().check(z.regex(/^txcd_\d{8}$/, 'must be a Stripe tax code such as "txcd_10103001"')),
  ),
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
    taxConfig: z.optional(taxConfig),
    invoiceSettings: z.optional(z.record(z.string(), z.unknown())),
  }),
  overage: z.optional(z.enum(['block', 'bill', 'topup'])),
  /** R4.2: the pack that is bought by itself when credits run low, for "overage": "topup". */
  topup: z.optional(
    z.strictObject({
      productId: id,
      /** @default a fifth of the tier's credits */
      below: z.optional(creditCount),
      /** @default 3 */
      perPeriod: z.optional(z.int().check(z.minimum(1), z.maximum(20))),
    }),
  ),
  /**
   * R4.2: the tiers whose credits are the platform's (MLC), bought wholesale in Customer Kits; their cost is
   * collected with the commission (R5.5).
   */
  kit: z.optional(z.strictObject({ tiers: z.array(id).check(z.minLength(1), z.maxLength(24)) })),
  /** Whether a plan is suspended while its payment is disputed. @default suspend */
  dispute: z.optional(z.enum(['suspend', 'keep'])),
  /** R11.1: what happens while a renewal stays unpaid, in days from its first failure. */
  dunning: z.optional(dunning),
  /** How mail to people looks and whom it names. */
  branding: z.optional(branding),
  legal: z.optional(legal),
  allowedOrigins: z.optional(
    z
      .array(
        z.string().check(z.regex(/^https?:\/\/[^/\s]+$/, 'must be an origin such as "https://example.com"')),
      )
      .check(z.maxLength(50)),
  ),
  /** Shown once to a person who cancels. */
  stayOffer: z.optional(stayOffer),
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
  /** A change that comes at the end of the period. */
  pendingChange: z.optional(z.object({ tier: id, at: time })),
  /** An upgrade that waits for its payment; the old tier is in force until then. */
  pendingPayment: z.optional(z.object({ tier: id, expiresAt: time })),
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
/** A place to tax and to write on an invoice; Stripe's own words and limits. */
export const address = z.strictObject({
  country,
  line1: z.optional(text(200)),
  line2: z.optional(text(200)),
  city: z.optional(text(100)),
  state: z.optional(text(100)),
  postalCode: z.optional(text(20)),
});
export const invoice = z.object({
  id: z.string(),
  number: z.nullable(z.string()),
  status: z.string(),
  total: z.int(),
  tax: z.int(),
  currency,
  createdAt: time,
  pdfUrl: z.nullable(z.string()),
  hostedUrl: z.nullable(z.string()),
  receiptUrl: z.nullable(z.string()),
});
export const invoiceLine = z.object({ description: z.string(), amount: z.int(), proration: z.boolean() });
export const confirmation = {
  confirm: z.enum(['payment', 'setup', 'none']),
  clientSecret: z.nullable(z.string()),
};
export const stripeId = (prefix: string) =>
  z
    .string()
    .check(
      z.regex(new RegExp(`^${prefix}_[A-Za-z0-9_]{1,200}$`), `must be an id that starts with "${prefix}_"`),
    );
