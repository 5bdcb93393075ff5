import type { FrameAnswer, FromFrame, ToFrame } from '../messages.ts';
import { type Account, request } from '../request.ts';
import { applyAppearance } from './appearance.ts';
import { digitsOf } from './card.ts';
import { cardFields } from './fields.ts';

const parentOrigin = new URLSearchParams(location.search).get('parent') ?? '';
const account: Account = { origin: location.origin, publishableKey: '' };
const { number, expiry, cvc } = cardFields();
const fields = [number, expiry, cvc];

const say = (message: FromFrame) => parent.postMessage(message, parentOrigin);

function validate(): FrameAnswer {
  const results = fields.map((field) => field.show(true));
  const at = results.findIndex((result) => result.state !== 'complete');
  const first = results[at];
  if (!first || first.state === 'complete') return {};
  fields[at]?.input.focus();
  return { error: { type: 'validation_error', code: first.code, message: first.message } };
}

async function createPaymentMethod(): Promise<FrameAnswer> {
  const checked = validate();
  if (checked.error) return checked;
  const until = digitsOf(expiry.input.value);
  const made = await request<{ id: string }>(account, 'POST', '/v1/payment_methods', {
    type: 'card',
    'card[number]': digitsOf(number.input.value),
    'card[exp_month]': String(Number(until.slice(0, 2))),
    'card[exp_year]': `20${until.slice(2)}`,
    'card[cvc]': digitsOf(cvc.input.value),
  });
  return 'error' in made ? made : { paymentMethod: made.value.id };
}

addEventListener('message', async (event: MessageEvent<ToFrame>) => {
  if (event.source !== parent || event.origin !== parentOrigin) return;
  const message = event.data;
  if (message.type === 'configure') {
    account.publishableKey = message.publishableKey;
    if (message.stripeAccount) account.stripeAccount = message.stripeAccount;
    applyAppearance(message.appearance);
    say({ type: 'ready' });
  } else if (message.type === 'focus') number.input.focus();
  else if (message.type === 'submit') say({ type: 'answer', call: message.call, answer: validate() });
  else if (message.type === 'createPaymentMethod')
    say({ type: 'answer', call: message.call, answer: await createPaymentMethod() });
});

addEventListener('input', () =>
  say({
    type: 'change',
    complete: fields.every((field) => field.check().state === 'complete'),
    empty: fields.every((field) => field.input.value === ''),
  }),
);
addEventListener('keydown', (event) => {
  if (event.key === 'Enter') say({ type: 'enter' });
});
addEventListener('focusin', () => say({ type: 'focusin' }));
addEventListener('focusout', () => say({ type: 'focusout' }));

new ResizeObserver(() => say({ type: 'height', height: document.documentElement.offsetHeight })).observe(
  document.documentElement,
);
say({ type: 'loaded' });
