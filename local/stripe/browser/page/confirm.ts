import type { Intent, StripeError } from '../messages.ts';
import { type Account, request } from '../request.ts';
import { challenge } from './challenge.ts';
import type { Elements } from './elements.ts';

export type Kind = 'payment' | 'setup';
export type Result = { paymentIntent?: Intent; setupIntent?: Intent; error?: StripeError };
type BillingDetails = {
  name?: string;
  email?: string;
  phone?: string;
  address?: Record<string, string>;
};
export type ConfirmOptions = {
  elements?: Elements;
  clientSecret?: string;
  confirmParams?: {
    return_url?: string;
    payment_method?: string;
    payment_method_data?: { billing_details?: BillingDetails };
  };
  redirect?: 'always' | 'if_required';
};

const idOf = (clientSecret: string): string => clientSecret.split('_secret_')[0] ?? '';
const pathOf = (kind: Kind, secret: string): string => `/v1/${kind}_intents/${idOf(secret)}`;
const named = (kind: Kind, intent: Intent): Result =>
  kind === 'payment' ? { paymentIntent: intent } : { setupIntent: intent };
const misuse = (message: string): Result => ({ error: { type: 'invalid_request_error', message } });

export async function retrieve(account: Account, kind: Kind, secret: string): Promise<Result> {
  const found = await request<Intent>(account, 'GET', pathOf(kind, secret), { client_secret: secret });
  return 'error' in found ? found : named(kind, found.value);
}

/** An intent in words a page acts upon: paid (or on its way), or an error with the intent in it. */
function outcome(kind: Kind, intent: Intent): Result {
  if (intent.status !== 'requires_payment_method') return named(kind, intent);
  const error = (kind === 'payment' ? intent.last_payment_error : intent.last_setup_error) ?? {
    type: 'card_error',
    code: 'card_declined',
    message: 'Your card was declined.',
  };
  return { error: { ...error, [`${kind}_intent`]: intent } };
}

/** Leads the cardholder through what the bank asks for, if it asks. */
async function act(account: Account, kind: Kind, intent: Intent): Promise<Result> {
  if (intent.status !== 'requires_action') return outcome(kind, intent);
  await challenge(account.origin, intent.id, intent.client_secret);
  const after = await retrieve(account, kind, intent.client_secret);
  const answered = after.paymentIntent ?? after.setupIntent;
  return answered ? outcome(kind, answered) : after;
}

export async function handleNextAction(account: Account, clientSecret: string): Promise<Result> {
  const kind: Kind = clientSecret.startsWith('seti_') ? 'setup' : 'payment';
  const found = await retrieve(account, kind, clientSecret);
  const intent = found.paymentIntent ?? found.setupIntent;
  return intent ? act(account, kind, intent) : found;
}

/** Billing details as a form sends them. */
export function billingFields(details: BillingDetails = {}): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(details)) {
    if (typeof value === 'string') fields[`billing_details[${name}]`] = value;
    else
      for (const [part, text] of Object.entries(value ?? {}))
        fields[`billing_details[address][${part}]`] = text;
  }
  return fields;
}

/** An intent made after the form has to be what the form said. */
async function mismatch(
  account: Account,
  kind: Kind,
  elements: Elements,
  secret: string,
): Promise<Result | undefined> {
  const { deferred } = elements;
  if (!deferred) return undefined;
  if (!elements.submitted)
    return misuse(
      `elements.submit() must be called before stripe.confirm${kind === 'payment' ? 'Payment' : 'Setup'}() when the intent is created after the Payment Element.`,
    );
  if (kind === 'setup') return undefined;
  const found = await retrieve(account, kind, secret);
  const intent = found.paymentIntent;
  if (!intent) return found;
  if (deferred.amount !== undefined && intent.amount !== deferred.amount)
    return misuse(
      `The amount specified in elements (${deferred.amount}) does not match the amount of the PaymentIntent (${intent.amount}).`,
    );
  if (intent.currency !== deferred.currency?.toLowerCase())
    return misuse(
      `The currency specified in elements (${deferred.currency}) does not match the currency of the PaymentIntent (${intent.currency}).`,
    );
  return undefined;
}

/** What a debit needs: the customer agrees by confirming. */
const mandate = {
  'mandate_data[customer_acceptance][type]': 'online',
  'mandate_data[customer_acceptance][online][infer_from_client]': 'true',
};

export async function confirm(account: Account, kind: Kind, options: ConfirmOptions): Promise<Result> {
  const secret = options.clientSecret ?? options.elements?.clientSecret;
  if (!secret)
    return misuse(`stripe.confirm${kind === 'payment' ? 'Payment' : 'Setup'} needs a clientSecret.`);
  const returnUrl = options.confirmParams?.return_url;
  const redirects = options.redirect !== 'if_required';
  if (redirects && !returnUrl) return misuse('confirmParams.return_url is required.');
  const { elements } = options;
  const wrong = elements && (await mismatch(account, kind, elements, secret));
  if (wrong) return wrong;
  let method = options.confirmParams?.payment_method;
  let extra: Record<string, string> = {};
  if (!method) {
    const element = elements?.element();
    if (!element)
      return misuse(
        'Invalid value for elements: we could not find a mounted Payment Element. Please make sure it is mounted before calling.',
      );
    const details = options.confirmParams?.payment_method_data?.billing_details;
    const made = await element.call('createPaymentMethod', billingFields(details));
    if (!made.paymentMethod) return made.error ? { error: made.error } : misuse('No payment method.');
    method = made.paymentMethod;
    if (made.method !== undefined && made.method !== 'card') extra = { ...mandate };
    if (made.save && kind === 'payment') extra.setup_future_usage = elements?.saveUsage ?? 'on_session';
  }
  const confirmed = await request<Intent>(account, 'POST', `${pathOf(kind, secret)}/confirm`, {
    client_secret: secret,
    payment_method: method,
    use_stripe_sdk: 'true',
    ...extra,
    ...(returnUrl && { return_url: returnUrl }),
  });
  if ('error' in confirmed) return confirmed;
  const result = await act(account, kind, confirmed.value);
  if (redirects && returnUrl && !result.error) leave(kind, returnUrl, secret);
  return result;
}

function leave(kind: Kind, returnUrl: string, secret: string): void {
  const url = new URL(returnUrl);
  url.searchParams.set(`${kind}_intent`, idOf(secret));
  url.searchParams.set(`${kind}_intent_client_secret`, secret);
  url.searchParams.set('redirect_status', 'succeeded');
  location.assign(url);
}
