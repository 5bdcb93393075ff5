import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type Stripe from 'stripe';
import { call, type Reply, type Shop, stripeOf } from './seller.ts';
import type { Endpoints } from './stack.ts';

export type SentEvent = Stripe.Event;
export type Intake = Awaited<ReturnType<typeof intakeOf>>;

/** Stripe's side of the webhooks: holds them back, and sends chosen ones signed with the real secret. */
export async function intakeOf(endpoints: Endpoints) {
  const credentials = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' };
  const secrets = new SecretsManagerClient({ endpoint: endpoints.aws, region: 'us-east-1', credentials });
  const { SecretString } = await secrets.send(
    new GetSecretValueCommand({ SecretId: endpoints.outputs.StripeSecretTest }),
  );
  const secret: string = JSON.parse(SecretString ?? '{}').webhookSecrets.connect[0];
  const stripe = stripeOf(endpoints);
  const now = async () =>
    Date.parse((await call<{ now: string }>('GET', `${endpoints.control}/clock`)).body.now) / 1000;
  let offset = 0;
  offset = Math.floor((await now()) - Date.now() / 1000);

  const sign = (payload: string, by = secret, secondsFromNow = 0): string =>
    stripe.webhooks.generateTestHeaderString({
      payload,
      secret: by,
      timestamp: Math.floor(Date.now() / 1000) + offset + secondsFromNow,
    });
  return {
    sign,
    pause: () => call('POST', `${endpoints.stripe}/_/webhooks/pause`, { body: {} }),
    resume: () => call('POST', `${endpoints.stripe}/_/webhooks/resume`, { body: {} }),
    async send(event: SentEvent): Promise<Reply> {
      offset = Math.floor((await now()) - Date.now() / 1000);
      return this.sendNow(event);
    },
    /** The same while nobody moves the clock: without looking at it. */
    async sendNow(event: SentEvent): Promise<Reply> {
      const body = JSON.stringify(event);
      return call('POST', `${endpoints.api}/webhooks/stripe/connect`, {
        body,
        headers: { 'stripe-signature': sign(body) },
      });
    },
    /** The events about any of these objects that our endpoint subscribes to, oldest first. */
    async eventsOf({ stripe: platform, account }: Shop, ...objects: string[]): Promise<SentEvent[]> {
      const types = new Set<string>((await platform.webhookEndpoints.list()).data[0]?.enabled_events);
      const events = await platform.events
        .list({ limit: 100 }, { stripeAccount: account })
        .autoPagingToArray({ limit: 5_000 });
      const about = (event: SentEvent) =>
        types.has(event.type) && objects.some((id) => JSON.stringify(event.data.object).includes(`"${id}"`));
      return events
        .filter(about)
        .map((event) => ({ ...event, account }))
        .reverse();
    },
  };
}
