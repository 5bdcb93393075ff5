import type { PageState } from '../../checkout/page.ts';
import type { FromCheckout } from '../messages.ts';
import { challenge } from '../page/challenge.ts';
import { type Account, request } from '../request.ts';
import { formFields, readForm } from './checkout-form.ts';
import { h, money } from './dom.ts';
import { MethodForm } from './methods.ts';
import { summary } from './summary.ts';

const app = document.getElementById('app') ?? document.body;
const { key = '', id = '' } = app.dataset;
const query = new URLSearchParams(location.search);
const parentOrigin = query.get('parent');
const account: Account = { origin: location.origin, publishableKey: key };
const secret: Record<string, string> = query.has('client_secret')
  ? { client_secret: query.get('client_secret') ?? '' }
  : {};

const tell = (message: FromCheckout) => {
  if (parentOrigin) parent.postMessage(message, parentOrigin);
};
const call = (method: 'GET' | 'POST', path = '', fields: Record<string, string> = {}) =>
  request<PageState>(account, method, `/v1/payment_pages/${id}${path}`, { ...fields, ...secret });

/** The session is over, well or not: there is nothing left to do here. */
function over(state: PageState): void {
  if (state.status === 'complete' && parentOrigin) {
    const stays = state.redirect_on_completion !== 'always';
    tell({ type: 'complete', redirect: stays ? null : state.success_url });
    if (!stays) return;
  } else if (state.status === 'complete' && arrived && state.success_url) {
    location.replace(state.success_url);
    return;
  }
  const [title, text] =
    state.status === 'complete'
      ? ['You’re all done here', 'Your payment was successful. You can close this page.']
      : ['This session has expired', 'Please go back to the seller’s site and start again.'];
  app.replaceChildren(
    h(
      'section',
      { class: 'over' },
      h('p', { class: 'seller' }, state.seller),
      h('h1', {}, title),
      h('p', {}, text),
      state.cancel_url ? h('a', { href: state.cancel_url }, `Return to ${state.seller}`) : null,
    ),
  );
}

let arrived = false;
let busy = false;

function buttonText(state: PageState): string {
  if (state.mode === 'setup') return 'Save payment method';
  if (state.mode === 'subscription') return state.total === 0 ? 'Start trial' : 'Subscribe';
  if (!state.needs_method) return 'Complete order';
  const verbs = new Map<string, string>([
    ['book', 'Book'],
    ['donate', 'Donate'],
    ['subscribe', 'Subscribe'],
  ]);
  const verb = verbs.get(state.submit_type ?? '') ?? 'Pay';
  return verb === 'Pay' ? `Pay ${money(state.total, state.currency ?? 'usd')}` : verb;
}

function show(first: PageState): void {
  let state = first;
  const methods = new MethodForm(state.method_types, state.saved_methods);
  const error = h('p', { class: 'error', id: 'error', role: 'alert' });
  const button = h('button', { class: 'primary', id: 'submit', type: 'submit' });
  const fields = formFields(state);
  const form = h(
    'form',
    {
      novalidate: true,
      'aria-label': 'Payment',
      submit: ((event: Event) => {
        event.preventDefault();
        void submit();
      }) as EventListener,
    },
    ...fields.before,
    methods.element,
    ...fields.after,
    error,
    button,
  );
  let side = summary(state, change);
  app.replaceChildren(h('div', { class: 'columns' }, side, form));
  if (state.cancel_url)
    side.prepend(h('a', { class: 'back', href: state.cancel_url }, `← Back to ${state.seller}`));
  methods.begin();
  const draw = () => {
    methods.element.hidden = !state.needs_method;
    button.textContent = buttonText(state);
    const next = summary(state, change);
    const back = side.querySelector('.back');
    if (back) next.prepend(back);
    side.replaceWith(next);
    side = next;
  };
  draw();

  async function change(given: Record<string, string>): Promise<string | null> {
    const answer = await call('POST', '', given);
    if ('error' in answer) return answer.error.message;
    state = answer.value;
    draw();
    return null;
  }

  const fail = (message: string) => {
    error.textContent = message;
    busy = false;
    button.disabled = false;
    button.textContent = buttonText(state);
  };

  async function submit(): Promise<void> {
    if (busy) return;
    const typed = readForm(state);
    if (!typed) return;
    busy = true;
    error.textContent = '';
    button.disabled = true;
    button.textContent = 'Processing…';
    const given = { ...typed.fields };
    if (state.needs_method) {
      const made = await methods.paymentMethod(account, typed.billing);
      if (!made.paymentMethod) return fail(made.error?.message ?? '');
      given.payment_method = made.paymentMethod;
    }
    const answer = await call('POST', '/confirm', given);
    if ('error' in answer) return fail(answer.error.message);
    state = answer.value;
    if (state.next_action) {
      await challenge(location.origin, state.next_action.intent, state.next_action.client_secret ?? '');
      const after = await call('GET');
      if ('error' in after) return fail(after.error.message);
      state = after.value;
    }
    arrived = true;
    if (state.status === 'complete') over(state);
    else fail(state.last_error ?? 'Your payment could not be completed. Please try again.');
  }
}

async function start(): Promise<void> {
  const found = await call('GET');
  if ('error' in found) {
    app.replaceChildren(
      h(
        'section',
        { class: 'over' },
        h('h1', {}, 'Something went wrong'),
        h(
          'p',
          {},
          'The page you were looking for could not be found. Please check the URL or contact the merchant.',
        ),
      ),
    );
  } else if (found.value.status === 'open') show(found.value);
  else over(found.value);
  tell({ type: 'ready' });
}

if (parentOrigin) {
  document.documentElement.dataset.embedded = 'true';
  new ResizeObserver(() => tell({ type: 'height', height: document.documentElement.offsetHeight })).observe(
    document.documentElement,
  );
}
void start();
