import type Stripe from 'stripe';
import { subscribedTypes, thinTypes } from '../contract/events.ts';
import type { Mode } from '../contract/schemas.ts';
import { env } from '../runtime/env.ts';
import { platformClient } from './client.ts';
import type { StripeSecret } from './secrets.ts';

const managedBy = 'platform-stripe-connector';

/** Where Stripe sends events of connected accounts: snapshots to a webhook endpoint, thin ones to a destination. */
type Kind = 'snapshots' | 'thin';
export type Endpoint = { kind: Kind; id: string; enabled: boolean };
/** `deployment` tells deployments apart that share a Stripe account: the address of the mode's secret. */
type Deployment = { stripe: Stripe; deployment: string };
/** What the secret holds of our endpoints: each one's signing secret, as Stripe shows it only once. */
export type Stored = Pick<StripeSecret, 'webhookSecrets' | 'endpointSecrets'>;

const isOurs = (metadata: Stripe.Metadata | null | undefined, deployment: string): boolean =>
  metadata?.managedBy === managedBy && metadata.deployment === deployment;

/** Our own endpoints of this deployment; those of others are never looked at again. */
export async function ourEndpoints({ stripe, deployment }: Deployment): Promise<Endpoint[]> {
  const most = { limit: 1_000 };
  const endpoints = await stripe.webhookEndpoints.list({ limit: 100 }).autoPagingToArray(most);
  const destinations = await stripe.v2.core.eventDestinations.list({ limit: 100 }).autoPagingToArray(most);
  return [
    ...endpoints
      .filter(({ metadata }) => isOurs(metadata, deployment))
      .map(({ id, status }) => ({ kind: 'snapshots' as const, id, enabled: status === 'enabled' })),
    ...destinations
      .filter(({ metadata }) => isOurs(metadata, deployment))
      .map(({ id, status }) => ({ kind: 'thin' as const, id, enabled: status === 'enabled' })),
  ];
}

async function create(
  { stripe, deployment }: Deployment,
  kind: Kind,
  url: string,
): Promise<{ id: string; secret: string }> {
  const metadata = { managedBy, deployment };
  if (kind === 'snapshots') {
    const made = await stripe.webhookEndpoints.create({
      url,
      connect: true,
      enabled_events: subscribedTypes() as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
      description: 'Platform Stripe Connector: connected accounts',
      metadata,
    });
    return { id: made.id, secret: made.secret ?? '' };
  }
  const made = await stripe.v2.core.eventDestinations.create({
    name: 'Platform Stripe Connector: connected accounts',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    events_from: ['@accounts'],
    enabled_events: thinTypes(),
    webhook_endpoint: { url },
    include: ['webhook_endpoint.signing_secret'],
    metadata,
  });
  return { id: made.id, secret: made.webhook_endpoint?.signing_secret ?? '' };
}

async function update(at: Deployment, endpoint: Endpoint, url: string): Promise<void> {
  const { kind, id, enabled } = endpoint;
  if (kind === 'snapshots') {
    const enabled_events = subscribedTypes() as Stripe.WebhookEndpointUpdateParams.EnabledEvent[];
    await at.stripe.webhookEndpoints.update(id, { url, enabled_events });
  } else {
    const change = { enabled_events: thinTypes(), webhook_endpoint: { url } };
    await at.stripe.v2.core.eventDestinations.update(id, change);
  }
  if (!enabled) await enable(at, endpoint, true);
}

async function enable({ stripe }: Deployment, { kind, id }: Pick<Endpoint, 'kind' | 'id'>, on: boolean) {
  const { eventDestinations } = stripe.v2.core;
  if (kind === 'snapshots') await stripe.webhookEndpoints.update(id, { disabled: !on });
  else await (on ? eventDestinations.enable(id) : eventDestinations.disable(id));
}

const remove = ({ stripe }: Deployment, { kind, id }: Endpoint): Promise<unknown> =>
  kind === 'snapshots' ? stripe.webhookEndpoints.del(id) : stripe.v2.core.eventDestinations.del(id);

type Change = {
  stored: Stored;
  /** Replaces endpoints that could be kept. */
  rotate: boolean;
  /** Keeps the secrets. */
  store: (stored: Stored) => Promise<void>;
  /** Waits until every function has seen a stored secret, and until what the old endpoint has to send has arrived. */
  pause: () => Promise<void>;
};

/**
 * Has exactly one endpoint of each kind send to `url`, with a secret that we know (R2.4). One whose secret was lost is
 * replaced, and every one when rotating. The new one is silent until its secret is stored and known everywhere; the old
 * one goes when the new one has taken over. So at every moment there is one whose events are accepted, and what
 * both send is harmless.
 */
export async function ensureEndpoints(
  at: Deployment,
  url: string,
  { stored, rotate, store, pause }: Change,
): Promise<{ kept: string[]; made: string[]; removed: string[] }> {
  const { endpointSecrets = {}, webhookSecrets } = stored;
  const known = await ourEndpoints(at);
  const kept: Endpoint[] = [];
  const made: { kind: Kind; id: string; secret: string }[] = [];
  for (const kind of ['snapshots', 'thin'] as const) {
    const usable = rotate ? undefined : known.find((one) => one.kind === kind && endpointSecrets[one.id]);
    if (usable) {
      await update(at, usable, url);
      kept.push(usable);
      continue;
    }
    const one = { kind, ...(await create(at, kind, url)) };
    made.push(one);
    if (known.length > 0) await enable(at, one, false);
    const secrets = Object.fromEntries(made.map(({ id, secret }) => [id, secret]));
    // At once: a secret is shown only now.
    await store(secretsOf(webhookSecrets, { ...endpointSecrets, ...secrets }));
  }
  const old = known.filter((one) => !kept.includes(one));
  if (made.length > 0 && known.length > 0) {
    await pause();
    for (const one of made) await enable(at, one, true);
    await pause();
  }
  for (const one of old) await remove(at, one);
  return { kept: kept.map(({ id }) => id), made: made.map(({ id }) => id), removed: old.map(({ id }) => id) };
}

/** Newest first; those of endpoints that are gone stay good for what is still on its way, until the next change. */
function secretsOf(
  { platform, connect }: StripeSecret['webhookSecrets'],
  endpointSecrets: Record<string, string>,
): Stored {
  const newest = Object.entries(endpointSecrets).reverse().slice(0, keptSecrets);
  return {
    webhookSecrets: {
      connect: [...new Set([...newest.map(([, secret]) => secret), ...connect])].slice(0, keptSecrets),
      platform,
    },
    endpointSecrets: Object.fromEntries(newest.reverse()),
  };
}
/** Two kinds, now and before. */
const keptSecrets = 4;

/** Takes our own endpoints of this deployment away. @returns their ids */
export async function removeEndpoints(at: Deployment): Promise<string[]> {
  const ours = await ourEndpoints(at);
  for (const one of ours) await remove(at, one);
  return ours.map(({ id }) => id);
}

/** Switches our own endpoints on again that Stripe has switched off. @returns their ids */
export async function enableOurEndpoints(mode: Mode): Promise<string[]> {
  const platform = await platformClient(mode);
  if (!platform) return [];
  const { stripe } = platform;
  const deployment = env(mode === 'test' ? 'STRIPE_SECRET_TEST' : 'STRIPE_SECRET_LIVE');
  const at = { stripe, deployment };
  const off = (await ourEndpoints(at)).filter(({ enabled }) => !enabled);
  for (const one of off) await enable(at, one, true);
  return off.map(({ id }) => id);
}
