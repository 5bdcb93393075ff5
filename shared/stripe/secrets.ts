import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import type { EventScope } from '../contract/events.ts';
import type { Mode } from '../contract/schemas.ts';
import { env } from '../runtime/env.ts';

/** One secret per mode. Several webhook secrets per scope: the current one and, while rolling, the previous. */
const stripeSecret = z.object({
  apiKey: z.string().check(z.minLength(8)),
  publishableKey: z.string().check(z.minLength(8)),
  clientId: z.string().check(z.minLength(3)),
  webhookSecrets: z.object({ connect: z.array(z.string()), platform: z.array(z.string()) }),
  /** Endpoint of ours at Stripe -> its signing secret, oldest first; kept by bin/setup-stripe.ts. */
  endpointSecrets: z.optional(z.record(z.string(), z.string())),
});
export type StripeSecret = z.output<typeof stripeSecret>;

const maxAgeMs = 300_000;
let client: SecretsManagerClient | undefined;
const cache = new Map<Mode, { at: number; secret: Promise<StripeSecret | undefined> }>();

/**
 * The platform's Stripe keys of a mode, cached 5 minutes in this process; `undefined` while the operator has not
 * set them. `freshMs` asks for a copy no older than that.
 */
export function stripeSecretOf(mode: Mode, freshMs = maxAgeMs): Promise<StripeSecret | undefined> {
  const cached = cache.get(mode);
  if (cached && Date.now() - cached.at < Math.min(freshMs, maxAgeMs)) return cached.secret;
  const secret = load(mode);
  cache.set(mode, { at: Date.now(), secret });
  secret.catch(() => cache.delete(mode));
  return secret;
}

async function load(mode: Mode): Promise<StripeSecret | undefined> {
  client ??= new SecretsManagerClient({});
  const SecretId = env(mode === 'test' ? 'STRIPE_SECRET_TEST' : 'STRIPE_SECRET_LIVE');
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  return parseSecret(SecretString);
}

/** `undefined` for a secret that nobody has filled yet. */
export function parseSecret(text: string | undefined): StripeSecret | undefined {
  const parsed = stripeSecret.safeParse(JSON.parse(text ?? '{}'));
  return parsed.success ? parsed.data : undefined;
}

/** Every secret a webhook of this scope may be signed with. An empty one would make forging easy: dropped. */
export async function webhookSecrets(scope: EventScope, freshMs?: number): Promise<string[]> {
  const found = await Promise.all((['test', 'live'] as const).map((mode) => stripeSecretOf(mode, freshMs)));
  return found.flatMap((secret) => secret?.webhookSecrets[scope] ?? []).filter((one) => one.length >= 8);
}
