import type { Appearance, FrameAnswer, Intent, SavedMethod, StripeError } from '../messages.ts';
import { type Account, request } from '../request.ts';
import { type Kind, retrieve } from './confirm.ts';
import { PaymentElement } from './payment-element.ts';

export type ElementsOptions = {
  clientSecret?: string;
  customerSessionClientSecret?: string;
  appearance?: Appearance;
  locale?: string;
  /** Of an intent that is made later. */
  mode?: 'payment' | 'setup' | 'subscription';
  amount?: number;
  currency?: string;
  setupFutureUsage?: 'off_session' | 'on_session' | null;
  allowedPaymentMethodTypes?: string[];
};

type CustomerSession = {
  payment_methods: SavedMethod[];
  components: {
    payment_element: {
      features: { payment_method_save: string; payment_method_save_usage: string | null } | null;
    };
  };
};

const currencies: Record<string, string | undefined> = { us_bank_account: 'usd', sepa_debit: 'eur' };
const integration = (message: string) => Object.assign(new Error(message), { name: 'IntegrationError' });

function check({ clientSecret, mode, amount, currency, ...rest }: ElementsOptions) {
  if ('paymentMethodTypes' in rest)
    throw integration('paymentMethodTypes is no longer supported. Use allowedPaymentMethodTypes instead.');
  if (clientSecret && mode) throw integration('Do not provide both clientSecret and mode to elements().');
  if (!mode) return;
  if (mode !== 'setup' && (amount === undefined || amount < 0))
    throw integration(
      `Invalid value for elements(): amount should be a non-negative integer in ${mode} mode.`,
    );
  if (!currency && mode !== 'setup')
    throw integration(`Missing value for elements(): currency is required in ${mode} mode.`);
}

export type Elements = ReturnType<typeof elementsOf>;

/** A group of Elements for one intent, which may still be to come. */
export function elementsOf(account: Account, given: ElementsOptions) {
  check(given);
  let options = given;
  let payment: PaymentElement | undefined;
  let session: CustomerSession | undefined;
  let submitted = false;

  async function load() {
    let types = options.allowedPaymentMethodTypes;
    if (options.clientSecret) {
      const kind: Kind = options.clientSecret.startsWith('seti_') ? 'setup' : 'payment';
      const found = await retrieve(account, kind, options.clientSecret);
      if (found.error) return { error: found.error };
      const intent: Intent | undefined = found.paymentIntent ?? found.setupIntent;
      types = intent?.payment_method_types;
    }
    if (options.customerSessionClientSecret) {
      const found = await request<CustomerSession>(account, 'GET', '/v1/elements/customer_session', {
        customer_session_client_secret: options.customerSessionClientSecret,
      });
      if ('error' in found) return found;
      session = found.value;
    }
    const currency = options.currency?.toLowerCase();
    const features = session?.components.payment_element.features;
    return {
      types: (types ?? ['card', 'us_bank_account', 'sepa_debit']).filter(
        (type) => options.clientSecret !== undefined || !currencies[type] || currencies[type] === currency,
      ),
      saved: session?.payment_methods ?? [],
      offersSaving: features?.payment_method_save === 'enabled',
      ...(options.locale && { locale: options.locale }),
    };
  }

  return {
    get clientSecret() {
      return options.clientSecret;
    },
    /** What was said of an intent to come. */
    get deferred() {
      return options.mode ? options : undefined;
    },
    get submitted() {
      return submitted;
    },
    /** How a method the customer wants saved may be used. */
    get saveUsage() {
      return session?.components.payment_element.features?.payment_method_save_usage ?? 'on_session';
    },
    /** The one element, for confirming. */
    element: () => payment,
    create(type: string, _options: object = {}): PaymentElement {
      if (type !== 'payment') throw new Error(`Only the Payment Element is emulated, not "${type}".`);
      if (payment) throw new Error('Can only create one Element of type payment through Elements.');
      payment = new PaymentElement(account, options.appearance ?? {}, load);
      const { destroy } = payment;
      payment.destroy = () => {
        if (payment) destroy.call(payment);
        payment = undefined;
      };
      return payment;
    },
    getElement: (type: string) => (type === 'payment' ? (payment ?? null) : null),
    update(change: ElementsOptions): void {
      const next = { ...options, ...change };
      check(next);
      options = next;
      if (change.appearance || change.locale) payment?.restyle(next.appearance ?? {}, next.locale);
      if (change.currency || change.allowedPaymentMethodTypes) void payment?.reload();
    },
    async fetchUpdates(): Promise<{ error?: StripeError }> {
      const error = await payment?.reload();
      return error ? { error } : {};
    },
    async submit(): Promise<{ selectedPaymentMethod?: string; error?: StripeError }> {
      const answer: FrameAnswer = (await payment?.call('submit')) ?? {};
      submitted = !answer.error;
      return answer.error ? { error: answer.error } : { selectedPaymentMethod: answer.method ?? 'card' };
    },
  };
}
