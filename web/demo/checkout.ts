import type { Client, Config, Pricing, Purchase, Tier } from './api.ts';
import { reveal } from './conversation.ts';
import { h } from './dom.ts';
import { money } from './format.ts';
import { type Elements, loadStripe, type PaymentElement, type Stripe } from './stripe-js.ts';

export type Checkout = { element: HTMLElement; start: () => Promise<void>; close: () => void };
type Given = {
  client: Client;
  config: Config;
  pricing: Pricing;
  tier: Tier;
  onPaid: () => void;
  onBack: () => void;
  onRefused: (error: unknown) => boolean;
};

const light = { colorPrimary: '#0f766e', colorBackground: '#ffffff', colorText: '#16201f' };
const dark = { colorPrimary: '#4fd1c1', colorBackground: '#202828', colorText: '#eef3f1' };

function appearance(): object {
  const night = matchMedia('(prefers-color-scheme: dark)').matches;
  return {
    theme: night ? 'night' : 'stripe',
    variables: { ...(night ? dark : light), borderRadius: '12px' },
  };
}

function legalNote({ legal }: Pricing, tier: Tier): HTMLElement {
  const link = (href: string | undefined, text: string) =>
    href ? h('a', { href, target: '_blank', rel: 'noopener' }, text) : undefined;
  const links = [
    link(legal.terms, 'Terms'),
    link(legal.privacy, 'Privacy'),
    link(legal.refund, 'Refunds'),
  ].filter((one) => one !== undefined);
  const renews = `Renews every ${tier.interval} until cancelled. `;
  return h('p', { class: 'legal' }, renews, ...links.flatMap((one, at) => (at ? [' · ', one] : [one])));
}

/** Payment inside the conversation: the subscription is made first, then its first payment is confirmed. */
export function checkout({ client, config, pricing, tier, onPaid, onBack, onRefused }: Given): Checkout {
  // One purchase has one key: pressing twice, or again after a lost answer, buys once.
  const key = crypto.randomUUID();
  const amount = money(tier.price, pricing.currency);
  const mount = h('div', { class: 'payment-element', 'data-testid': 'payment-element' });
  const problem = h('p', { class: 'problem', role: 'alert', 'data-testid': 'checkout-error' });
  const waiting = h('p', { class: 'waiting', role: 'status' }, 'Preparing secure payment…');
  const pay = h(
    'button',
    { class: 'button primary', type: 'submit', 'data-testid': 'pay', disabled: true },
    `Pay ${amount}`,
  );
  const retry = h(
    'button',
    {
      class: 'button',
      type: 'button',
      hidden: true,
      'data-testid': 'checkout-retry',
      onclick: () => start(),
    },
    'Try again',
  );
  const form = h(
    'form',
    { novalidate: true, onsubmit: submit },
    waiting,
    mount,
    problem,
    h(
      'div',
      { class: 'actions' },
      pay,
      retry,
      h(
        'button',
        { class: 'button', type: 'button', 'data-testid': 'back', onclick: () => onBack() },
        'Back to plans',
      ),
    ),
    legalNote(pricing, tier),
  );
  const heading = h('h3', { tabindex: '-1' }, `Subscribe to ${tier.name}`);
  const element = h(
    'section',
    { class: 'checkout', 'aria-label': 'Checkout', 'data-testid': 'checkout' },
    h('header', {}, heading, h('p', { class: 'price' }, h('strong', {}, amount), ` / ${tier.interval}`)),
    form,
  );

  // The form grows as it loads and when it has something to say.
  const growth = new ResizeObserver(() => reveal(element));
  growth.observe(element);

  let purchase: Purchase | undefined;
  let stripe: Stripe | undefined;
  let elements: Elements | undefined;
  let card: PaymentElement | undefined;
  let closed = false;

  function fail(error: unknown): void {
    waiting.hidden = true;
    if (onRefused(error)) return;
    problem.textContent = error instanceof Error ? error.message : String(error);
    retry.hidden = false;
    pay.hidden = true;
    retry.focus();
  }

  async function start(): Promise<void> {
    problem.textContent = '';
    retry.hidden = true;
    pay.hidden = false;
    waiting.hidden = false;
    heading.focus();
    try {
      purchase = await client.buy(tier.id, key);
      const { confirm, clientSecret, publishableKey, stripeAccount } = purchase;
      if (closed) return;
      if (confirm === 'none' || !clientSecret) return onPaid();
      if (confirm === 'setup') pay.textContent = 'Start plan';
      stripe = await loadStripe(config.stripeScript, publishableKey, stripeAccount);
      if (closed) return;
      elements = stripe.elements({ clientSecret, appearance: appearance() });
      card = elements.create('payment', { layout: 'tabs' });
      card.on('ready', () => {
        waiting.hidden = true;
        pay.disabled = false;
        // The frame has its height now: the button below it must not be out of sight.
        requestAnimationFrame(() => form.scrollIntoView({ block: 'nearest' }));
        if (document.activeElement === heading) card?.focus();
      });
      card.on('change', () => {
        problem.textContent = '';
      });
      card.mount(mount);
    } catch (error) {
      if (!closed) fail(error);
    }
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const clientSecret = purchase?.clientSecret;
    if (!stripe || !elements || !clientSecret || pay.disabled) return;
    const label = pay.textContent;
    pay.disabled = true;
    pay.textContent = 'Paying…';
    form.setAttribute('aria-busy', 'true');
    problem.textContent = '';
    const checked = await elements.submit();
    const confirm = purchase?.confirm === 'setup' ? stripe.confirmSetup : stripe.confirmPayment;
    const result = checked.error
      ? checked
      : await confirm({
          elements,
          clientSecret,
          confirmParams: { return_url: location.href },
          redirect: 'if_required',
        });
    form.removeAttribute('aria-busy');
    pay.disabled = false;
    pay.textContent = label;
    if (!result.error) return onPaid();
    // What is wrong with a field stands beside the field.
    if (result.error.type !== 'validation_error') {
      problem.textContent = result.error.message ?? 'The payment failed. Please try again.';
      pay.focus();
    }
  }

  return {
    element,
    start,
    close() {
      closed = true;
      growth.disconnect();
      card?.destroy();
    },
  };
}
