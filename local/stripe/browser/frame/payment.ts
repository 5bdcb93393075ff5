import type { FrameAnswer, FromFrame, ToFrame } from '../messages.ts';
import { type Account, request } from '../request.ts';
import { setLanguage, worded } from '../words.ts';
import { applyAppearance } from './appearance.ts';
import { digitsOf } from './card.ts';
import { Choice } from './choice.ts';
import { cardFields } from './fields.ts';

const parentOrigin = new URLSearchParams(location.search).get('parent') ?? '';
const account: Account = { origin: location.origin, publishableKey: '' };
const { number, expiry, cvc } = cardFields();
const fields = [number, expiry, cvc];
const choice = new Choice(document.forms[0] ?? document.body, () => changed());

const say = (message: FromFrame) => parent.postMessage(message, parentOrigin);

function changed(): void {
  const card = choice.isCard;
  say({
    type: 'change',
    complete: card ? fields.every((field) => field.check().state === 'complete') : choice.complete,
    empty: card ? fields.every((field) => field.input.value === '') : choice.empty,
    method: choice.type,
  });
}

function validate(): FrameAnswer {
  if (!choice.isCard) {
    const checked = choice.savedMethod ? {} : choice.bank();
    return 'error' in checked ? checked : { method: choice.type };
  }
  const results = fields.map((field) => field.show(true));
  const at = results.findIndex((result) => result.state !== 'complete');
  const first = results[at];
  if (!first || first.state === 'complete') return { method: 'card' };
  fields[at]?.input.focus();
  const message = worded(first.code, first.message);
  return { error: { type: 'validation_error', code: first.code, message } };
}

function cardDetails(): Record<string, string> {
  const until = digitsOf(expiry.input.value);
  return {
    'card[number]': digitsOf(number.input.value),
    'card[exp_month]': String(Number(until.slice(0, 2))),
    'card[exp_year]': `20${until.slice(2)}`,
    'card[cvc]': digitsOf(cvc.input.value),
  };
}

async function createPaymentMethod(given: Record<string, string> = {}): Promise<FrameAnswer> {
  const checked = validate();
  if (checked.error) return checked;
  const { savedMethod: saved, type: method, save } = choice;
  if (saved) return { paymentMethod: saved.id, method };
  const bank = choice.isCard ? { fields: cardDetails() } : choice.bank();
  const made = await request<{ id: string }>(account, 'POST', '/v1/payment_methods', {
    type: method,
    ...('fields' in bank && bank.fields),
    ...(save && { allow_redisplay: 'always' }),
    ...given,
  });
  return 'error' in made ? made : { paymentMethod: made.value.id, method, save };
}

addEventListener('message', async (event: MessageEvent<ToFrame>) => {
  if (event.source !== parent || event.origin !== parentOrigin) return;
  const message = event.data;
  if (message.type === 'configure') {
    account.publishableKey = message.publishableKey;
    if (message.stripeAccount) account.stripeAccount = message.stripeAccount;
    applyAppearance(message.appearance);
    setLanguage(message.locale);
    choice.configure(message);
    say({ type: 'ready' });
  } else if (message.type === 'appearance') {
    applyAppearance(message.appearance);
    setLanguage(message.locale);
  } else if (message.type === 'focus') number.input.focus();
  else if (message.type === 'submit') say({ type: 'answer', call: message.call, answer: validate() });
  else if (message.type === 'createPaymentMethod')
    say({ type: 'answer', call: message.call, answer: await createPaymentMethod(message.fields) });
});

addEventListener('input', changed);
addEventListener('keydown', (event) => {
  if (event.key === 'Enter') say({ type: 'enter' });
});
addEventListener('focusin', () => say({ type: 'focusin' }));
addEventListener('focusout', () => say({ type: 'focusout' }));

new ResizeObserver(() => say({ type: 'height', height: document.documentElement.offsetHeight })).observe(
  document.documentElement,
);
say({ type: 'loaded' });
