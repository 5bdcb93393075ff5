import type { PageState } from '../../checkout/page.ts';
import type { Appearance, StripeError } from '../messages.ts';
import { type Account, request } from '../request.ts';
import { challenge } from './challenge.ts';
import { billingFields } from './confirm.ts';
import { PaymentElement } from './payment-element.ts';

export type CheckoutOptions = {
  clientSecret: string | Promise<string>;
  elementsOptions?: { appearance?: Appearance };
};

type Confirm = {
  returnUrl?: string;
  email?: string;
  paymentMethod?: string;
  savePaymentMethod?: boolean;
  redirect?: 'always' | 'if_required';
  billingAddress?: { name?: string; address?: Record<string, string> };
};

const money = (amount: number, currency: string) => {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const { maximumFractionDigits = 2 } = format.resolvedOptions();
  const written = format.format(amount / 10 ** maximumFractionDigits);
  return { minorUnitsAmount: amount, amount: written };
};

/** A session as the page around it sees it. https://docs.stripe.com/js/custom_checkout/session_object */
function sessionOf(state: PageState) {
  const currency = state.currency ?? 'usd';
  return {
    id: state.id,
    livemode: state.livemode,
    currency,
    email: state.email,
    canConfirm: state.status === 'open',
    businessName: state.seller,
    status:
      state.status === 'complete'
        ? { type: 'complete' as const, paymentStatus: state.payment_status }
        : { type: state.status },
    total: {
      subtotal: money(state.subtotal, currency),
      discount: money(state.discount, currency),
      taxExclusive: money(state.tax, currency),
      total: money(state.total, currency),
    },
    discountAmounts: state.discounts.map(({ code, name }) => ({ displayName: name, promotionCode: code })),
    lineItems: state.items.map(({ id, name, description, quantity, amount, adjustable, recurring }) => ({
      id,
      name,
      description,
      quantity,
      amountSubtotal: money(amount, currency),
      adjustableQuantity: adjustable,
      recurring: recurring && { interval: recurring.interval, intervalCount: recurring.interval_count },
    })),
    savedPaymentMethods: state.saved_methods,
  };
}
type Session = ReturnType<typeof sessionOf>;
type Answer = { type: 'success'; session: Session } | { type: 'error'; error: StripeError };

/** Checkout built of Elements. https://docs.stripe.com/js/custom_checkout */
export function checkoutSdk(account: Account, { clientSecret, elementsOptions = {} }: CheckoutOptions) {
  const listeners = new Set<(session: Session) => void>();
  let state: PageState | undefined;
  let payment: PaymentElement | undefined;

  async function call(method: 'GET' | 'POST', path = '', fields: Record<string, string> = {}) {
    const secret = await clientSecret;
    const id = secret.split('_secret_')[0];
    const answer = await request<PageState>(account, method, `/v1/payment_pages/${id}${path}`, {
      ...fields,
      client_secret: secret,
    });
    if ('error' in answer) return { type: 'error' as const, error: answer.error };
    state = answer.value;
    const session = sessionOf(answer.value);
    for (const listener of listeners) listener(session);
    return { type: 'success' as const, session };
  }
  const change = (fields: Record<string, string>) => call('POST', '', fields);

  async function confirm(given: Confirm = {}): Promise<Answer> {
    const failed = (message: string): Answer => ({
      type: 'error',
      error: { type: 'invalid_request_error', message },
    });
    const email = given.email ?? state?.email;
    const fields: Record<string, string> = email ? { email } : {};
    if (given.billingAddress?.name) fields.name = given.billingAddress.name;
    for (const [name, value] of Object.entries(given.billingAddress?.address ?? {}))
      fields[`address[${name}]`] = value;
    if (given.paymentMethod) fields.payment_method = given.paymentMethod;
    else if (state?.needs_method !== false) {
      if (!payment) return failed('Could not find a mounted Payment Element.');
      const made = await payment.call('createPaymentMethod', billingFields(given.billingAddress));
      if (!made.paymentMethod)
        return { type: 'error', error: made.error ?? { type: 'api_error', message: '' } };
      fields.payment_method = made.paymentMethod;
      if (made.save || given.savePaymentMethod) fields.save_payment_method = 'true';
    }
    let answer: Answer = await call('POST', '/confirm', fields);
    const next = state?.next_action;
    if (answer.type === 'success' && next) {
      await challenge(account.origin, next.intent, next.client_secret ?? '');
      answer = await call('GET');
      if (answer.type === 'success' && state?.status === 'open')
        return failed(state.last_error ?? 'Your payment could not be completed.');
    }
    const url = given.returnUrl ?? state?.success_url;
    if (answer.type === 'success' && given.redirect !== 'if_required' && url) location.assign(url);
    return answer;
  }

  const actions = {
    getSession: () => (state ? sessionOf(state) : undefined),
    confirm,
    applyPromotionCode: (code: string) => change({ promotion_code: code }),
    removePromotionCode: () => change({ promotion_code: '' }),
    updateEmail: (email: string) => change({ email }),
    updateLineItemQuantity: ({ lineItem, quantity }: { lineItem: string; quantity: number }) =>
      change({ line_item: lineItem, quantity: String(quantity) }),
    runServerUpdate: async (update: () => Promise<unknown>) => {
      await update();
      return call('GET');
    },
  };

  return {
    async loadActions() {
      const loaded = await call('GET');
      return loaded.type === 'error' ? loaded : { type: 'success' as const, actions };
    },
    on(event: 'change', listener: (session: Session) => void): void {
      if (event === 'change') listeners.add(listener);
    },
    changeAppearance: (appearance: Appearance) => payment?.restyle(appearance, undefined),
    getPaymentElement: () => payment ?? null,
    createPaymentElement(): PaymentElement {
      payment = new PaymentElement(account, elementsOptions.appearance ?? {}, async () => {
        const loaded = state ? undefined : await call('GET');
        if (loaded?.type === 'error') return { error: loaded.error };
        return {
          types: state?.method_types ?? ['card'],
          saved: (state?.saved_methods ?? []).map(({ id, type, brand, last4 }) => ({
            id,
            type,
            card: { display_brand: brand, last4 },
          })),
          offersSaving: state?.offers_saving ?? false,
        };
      });
      return payment;
    },
  };
}
