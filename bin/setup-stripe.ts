import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import Stripe from 'stripe';
import { subscribedTypes } from '../shared/contract/events.ts';
import type { Mode } from '../shared/contract/schemas.ts';
import { apiBase } from '../shared/stripe/client.ts';
import { parseSecret, type StripeSecret } from '../shared/stripe/secrets.ts';
import { managedBy } from '../shared/stripe/webhook-endpoints.ts';

const help = `Prepares Stripe for a deployed stack: makes the webhook endpoint of each mode and stores the keys.
Safe to run again: what exists is kept. Endpoints of others are never touched.

usage: node bin/setup-stripe.ts

environment
  STACK_OUTPUTS                 the stack's outputs as JSON: ApiUrl, StripeSecretTest, StripeSecretLive
  STRIPE_SECRET_KEY             the platform's sk_test_... key      STRIPE_SECRET_KEY_LIVE       its sk_live_... key
  STRIPE_PUBLISHABLE_KEY        its pk_test_... key                 STRIPE_PUBLISHABLE_KEY_LIVE  its pk_live_... key
  STRIPE_CLIENT_ID              its test ca_... for Connect         STRIPE_CLIENT_ID_LIVE        its live ca_...
  STRIPE_API_BASE               another server that speaks Stripe's API (the local emulator)
A mode without a secret key is left as it is.
`;

type Keys = Pick<StripeSecret, 'apiKey' | 'publishableKey' | 'clientId'>;

function keysOf(mode: Mode): Keys | undefined {
  const suffix = mode === 'live' ? '_LIVE' : '';
  const apiKey = process.env[`STRIPE_SECRET_KEY${suffix}`];
  const publishableKey = process.env[`STRIPE_PUBLISHABLE_KEY${suffix}`];
  const clientId = process.env[`STRIPE_CLIENT_ID${suffix}`];
  if (!apiKey) return undefined;
  if (!apiKey.startsWith(`sk_${mode}_`) && !apiKey.startsWith(`rk_${mode}_`)) {
    throw new Error(
      `STRIPE_SECRET_KEY${suffix} is not a ${mode} key: it must begin with sk_${mode}_ or rk_${mode}_.`,
    );
  }
  if (!publishableKey || !clientId) {
    throw new Error(
      `Set STRIPE_PUBLISHABLE_KEY${suffix} and STRIPE_CLIENT_ID${suffix} beside STRIPE_SECRET_KEY${suffix}.`,
    );
  }
  return { apiKey, publishableKey, clientId };
}

async function prepare(mode: Mode, keys: Keys, outputs: Record<string, string>): Promise<void> {
  const SecretId = outputs[mode === 'test' ? 'StripeSecretTest' : 'StripeSecretLive'];
  const apiUrl = process.env.LOCAL_API_URL ?? outputs.ApiUrl;
  if (!SecretId || !apiUrl)
    throw new Error('STACK_OUTPUTS lacks ApiUrl, StripeSecretTest or StripeSecretLive.');
  const secrets = new SecretsManagerClient({});
  const stripe = new Stripe(keys.apiKey, { ...apiBase(process.env.STRIPE_API_BASE), telemetry: false });
  const stored = parseSecret((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString);

  const url = `${apiUrl.replace(/\/$/, '')}/webhooks/stripe/connect`;
  // The secret's address tells deployments apart that share a Stripe account; ours may have moved to another URL.
  const metadata = { managedBy, deployment: SecretId };
  const endpoints = await stripe.webhookEndpoints.list({ limit: 100 }).autoPagingToArray({ limit: 1000 });
  const ours = endpoints.find(
    (one) => one.metadata.managedBy === metadata.managedBy && one.metadata.deployment === SecretId,
  );
  const enabled_events = subscribedTypes() as Stripe.WebhookEndpointCreateParams.EnabledEvent[];
  if (ours && stored && stored.webhookSecrets.connect.length > 0) {
    await stripe.webhookEndpoints.update(ours.id, { url, enabled_events, disabled: false });
    await store({ ...stored, ...keys });
    return say(`${mode}: webhook endpoint ${ours.id} is in place.`);
  }
  // A secret is shown only at creation: an endpoint of ours whose secret was lost is replaced.
  const made = await stripe.webhookEndpoints.create({
    url,
    connect: true,
    enabled_events,
    description: 'Platform Stripe Connector: connected accounts',
    metadata,
  });
  const previous = stored?.webhookSecrets.connect.slice(0, 1) ?? [];
  await store({
    ...keys,
    webhookSecrets: {
      connect: [made.secret ?? '', ...previous],
      platform: stored?.webhookSecrets.platform ?? [],
    },
  });
  if (ours) await stripe.webhookEndpoints.del(ours.id);
  say(`${mode}: webhook endpoint ${made.id} sends ${enabled_events.length} event types to ${url}.`);

  async function store(secret: StripeSecret): Promise<void> {
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(secret) }));
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (process.argv.includes('--help')) say(help);
else {
  try {
    const outputs: Record<string, string> = JSON.parse(process.env.STACK_OUTPUTS ?? '{}');
    const modes = (['test', 'live'] as const).map((mode) => [mode, keysOf(mode)] as const);
    if (modes.every(([, keys]) => !keys)) throw new Error('Set STRIPE_SECRET_KEY (see --help).');
    for (const [mode, keys] of modes) if (keys) await prepare(mode, keys, outputs);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
