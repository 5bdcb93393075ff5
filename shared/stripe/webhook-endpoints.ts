import type { Mode } from '../contract/schemas.ts';
import { env } from '../runtime/env.ts';
import { platformClient } from './client.ts';

export const managedBy = 'platform-stripe-connector';

/** Switches our own endpoints of this deployment on that Stripe has switched off; never those of others. @returns their ids */
export async function enableOurEndpoints(mode: Mode): Promise<string[]> {
  const platform = await platformClient(mode);
  if (!platform) return [];
  const { stripe } = platform;
  const deployment = env(mode === 'test' ? 'STRIPE_SECRET_TEST' : 'STRIPE_SECRET_LIVE');
  const all = await stripe.webhookEndpoints.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  const off = all.filter(
    ({ status, metadata }) =>
      status === 'disabled' && metadata.managedBy === managedBy && metadata.deployment === deployment,
  );
  for (const { id } of off) await stripe.webhookEndpoints.update(id, { disabled: false });
  return off.map(({ id }) => id);
}
