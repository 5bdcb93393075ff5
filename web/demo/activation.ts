import type { Access, Client, Pricing } from './api.ts';
import { h, pause } from './dom.ts';
import { count } from './format.ts';

/** After this many looks without access the wait is called long; after twice as many it is given up. */
const patience = 30;

/** Access comes with Stripe's webhook, a moment after the payment. `undefined`: it has not come. */
export async function waitForAccess(client: Client, onLate: () => void): Promise<Access | undefined> {
  for (let look = 0; look < 2 * patience; look++) {
    // A look that fails is one without an answer: the next one may have it.
    const access = await client.access().catch(() => undefined);
    if (access?.access === 'full' || access?.access === 'trial') return access;
    if (look === patience) onLate();
    await pause(look < 10 ? 400 : 1500);
  }
  return undefined;
}

export function welcome({ tier: id, credits, features }: Access, pricing: Pricing | undefined): Node[] {
  const tier = pricing?.tiers.find((one) => one.id === id);
  return [
    h('p', {}, `Welcome to ${tier?.name ?? 'your plan'}! You now have:`),
    h(
      'ul',
      { class: 'has' },
      credits.granted > 0 && h('li', {}, `${count(credits.balance)} credits`),
      ...features.map((feature) => h('li', {}, feature)),
    ),
    h('p', {}, 'Ask me anything.'),
  ];
}
