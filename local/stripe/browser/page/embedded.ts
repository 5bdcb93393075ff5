import type { FromCheckout } from '../messages.ts';
import type { Account } from '../request.ts';

export type EmbeddedOptions = {
  clientSecret?: string;
  fetchClientSecret?: () => Promise<string>;
  onComplete?: () => void;
};

let mounted = false;

/** Checkout's page in a frame of the seller's page. https://docs.stripe.com/checkout/embedded/quickstart */
export async function embeddedCheckout(account: Account, options: EmbeddedOptions) {
  if (mounted) throw new Error('You cannot have multiple Embedded Checkout objects.');
  const secret = options.clientSecret ?? (await options.fetchClientSecret?.());
  if (!secret) throw new Error('Please provide either clientSecret or fetchClientSecret.');
  mounted = true;
  const query = new URLSearchParams({ client_secret: secret, parent: location.origin });
  const frame = document.createElement('iframe');
  frame.title = 'Secure payment form';
  frame.name = 'embedded-checkout';
  frame.allow = 'payment *';
  frame.src = `${account.origin}/c/pay/${secret.split('_secret_')[0]}?${query}`;
  Object.assign(frame.style, { border: '0', width: '100%', height: '600px', display: 'block' });
  const hear = (event: MessageEvent<FromCheckout>) => {
    if (event.source !== frame.contentWindow || event.origin !== account.origin) return;
    const message = event.data;
    if (message.type === 'height') frame.style.height = `${Math.max(320, message.height)}px`;
    if (message.type !== 'complete') return;
    options.onComplete?.();
    if (message.redirect) location.assign(message.redirect);
  };
  addEventListener('message', hear);
  return {
    mount(target: string | HTMLElement): void {
      const host = typeof target === 'string' ? document.querySelector(target) : target;
      if (!host) throw new Error(`Invalid DOM element: ${target} applies to no DOM elements.`);
      host.replaceChildren(frame);
    },
    unmount: () => frame.remove(),
    destroy(): void {
      removeEventListener('message', hear);
      frame.remove();
      mounted = false;
    },
  };
}
