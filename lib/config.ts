import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** How a stage differs from another one, and nothing else does. `config/<stage>.json`, read at synth. */
const stageConfig = z.strictObject({
  stage: z.enum(['local', 'dev', 'prod']),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as "us-east-1"'),
  /** Where tokens come from: any issuer of RS256 or ES256 tokens that publishes a JWKS. */
  jwt: z.strictObject({ issuer: z.url(), jwksUrl: z.url(), audience: z.string().min(1) }),
  /** Origins of the organisation dashboard: allowed by CORS, and where Connect may send the browser back. */
  dashboardOrigins: z.array(z.union([z.literal('*'), z.string().regex(/^https?:\/\/[^/\s]+$/)])),
  /** A regional certificate in ACM is needed first; without a domain the API has its execute-api address. */
  domain: z.strictObject({ name: z.hostname(), certificateArn: z.string().startsWith('arn:') }).optional(),
  /**
   * Mail to people comes from this address; its domain becomes an identity of SES, whose DNS records the deployment
   * prints. Without it nobody is written to.
   */
  mail: z.strictObject({ from: z.email() }).optional(),
  /** Receives every alarm. */
  alarmEmail: z.email().optional(),
  logRetentionDays: z.union([z.literal(7), z.literal(30), z.literal(90), z.literal(365)]),
  /** Requests a second and burst for the whole API. */
  throttle: z.strictObject({ rate: z.number().int().positive(), burst: z.number().int().positive() }),
  /** What one organisation, its admins and its users, may change in a minute (POST requests). */
  tenantRequestsPerMinute: z.number().int().positive(),
  /**
   * How long a request may spend at Stripe before it answers 502: below API Gateway's 29 seconds, with room to
   * commit and to answer.
   */
  stripeBudgetSeconds: z.number().int().min(1).max(25).default(22),
  /**
   * The partner event source of an EventBridge destination in Stripe, as a second intake beside the webhooks; made in
   * Stripe first (docs/deploy.md).
   */
  partnerEventSource: z
    .string()
    .startsWith('aws.partner/stripe.com/', 'must be an event source of Stripe: aws.partner/stripe.com/...')
    .optional(),
  /** When a job runs, where that is not what the contract says: by its id, as EventBridge writes it. */
  schedules: z
    .record(z.string(), z.string().regex(/^(rate|cron)\(.+\)$/, 'must be rate(...) or cron(...)'))
    .optional(),
  /** Keeps table, keys and secrets when the stack is deleted, and protects the stack itself. */
  protectData: z.boolean(),
  /** Another server that speaks Stripe's API; this machine's emulator. */
  stripeApiBase: z.url().optional(),
  /** The address of the API where it is not the domain's or execute-api's. */
  publicApiUrl: z.url().optional(),
});
export type StageConfig = z.output<typeof stageConfig>;
export type Stage = StageConfig['stage'];

export function parseConfig(input: unknown, source: string): StageConfig {
  const parsed = stageConfig.safeParse(input);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `  ${[...issue.path, key].join('.')}: is not a known setting`)
      : [`  ${issue.path.join('.') || '(the file)'}: ${issue.message}`],
  );
  throw new Error(`${source} is not a valid configuration:\n${wrong.join('\n')}`);
}

/** The configuration of a stage; `local` is made from the addresses the launcher chose. */
export function loadConfig(stage: string, env: NodeJS.ProcessEnv = process.env): StageConfig {
  if (stage === 'local') return parseConfig(localConfig(env), 'The local stage');
  if (stage !== 'dev' && stage !== 'prod')
    throw new Error(`The stage "${stage}" is unknown: use local, dev or prod.`);
  const file = new URL(`../config/${stage}.json`, import.meta.url);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`config/${stage}.json is missing: copy the other stage's file and change it.`);
  }
  return parseConfig({ stage, ...JSON.parse(text) }, `config/${stage}.json`);
}

function localConfig(env: NodeJS.ProcessEnv): unknown {
  const control = env.LOCAL_CONTROL_URL ?? 'http://127.0.0.1:4020';
  const stripe = env.LOCAL_STRIPE_URL ?? 'http://127.0.0.1:4242';
  return {
    stage: 'local',
    region: 'us-east-1',
    jwt: {
      issuer: control,
      jwksUrl: `${control}/.well-known/jwks.json`,
      audience: 'platform-stripe-connector',
    },
    dashboardOrigins: ['*'],
    mail: { from: 'payments@connector.example' },
    alarmEmail: 'operations@connector.example',
    logRetentionDays: 7,
    throttle: { rate: 1000, burst: 2000 },
    tenantRequestsPerMinute: Number(env.TENANT_REQUESTS_PER_MINUTE ?? 120_000),
    ...(env.STRIPE_BUDGET_SECONDS && { stripeBudgetSeconds: Number(env.STRIPE_BUDGET_SECONDS) }),
    ...(env.RECONCILE_SCHEDULE && { schedules: { reconcile: env.RECONCILE_SCHEDULE } }),
    protectData: false,
    publicApiUrl: env.LOCAL_API_URL ?? 'http://127.0.0.1:4000',
    // With a real sandbox key the real Stripe is used.
    ...(!env.STRIPE_SECRET_KEY && { stripeApiBase: stripe }),
  };
}
