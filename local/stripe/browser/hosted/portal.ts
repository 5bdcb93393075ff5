import type { PortalState } from '../../portal/page.ts';
import { challenge } from '../page/challenge.ts';
import { type Account, request } from '../request.ts';
import { h } from './dom.ts';
import { customerForm, invoiceList, methodsSection } from './portal-parts.ts';
import { cancelForm, subscriptionCard, updateForm } from './portal-subscriptions.ts';
import type { Portal } from './portal-type.ts';

const app = document.getElementById('app') ?? document.body;
const { key = '', id = '' } = app.dataset;
const secret = new URLSearchParams(location.search).get('secret') ?? '';
const account: Account = { origin: location.origin, publishableKey: key };

type Answer = PortalState & { intent?: { id: string; client_secret: string; status: string } };

const call = (method: 'GET' | 'POST', path: string, fields: Record<string, string> = {}) =>
  request<Answer>(account, method, `/v1/portal_pages/${id}${path}`, { ...fields, secret });

function message(title: string, text: string): void {
  app.replaceChildren(h('section', { class: 'over' }, h('h1', {}, title), h('p', {}, text)));
}

function frame({ state }: Portal, ...children: HTMLElement[]): void {
  const back = state.return_url;
  const legal = [
    { name: 'Terms', url: state.terms_of_service_url },
    { name: 'Privacy', url: state.privacy_policy_url },
  ].filter((link) => link.url !== null);
  app.replaceChildren(
    h(
      'div',
      { class: 'portal' },
      h(
        'header',
        {},
        h(
          'p',
          { class: 'seller' },
          state.seller,
          !state.livemode && h('span', { class: 'mode' }, 'TEST MODE'),
        ),
        h('p', {}, state.headline ?? `${state.seller} partners with Stripe for simplified billing.`),
        back !== null && h('a', { href: back, id: 'return' }, `← Return to ${state.seller}`),
      ),
      h('div', { class: 'content' }, ...children),
      legal.length > 0 && h('footer', {}, ...legal.map(({ name, url }) => h('a', { href: url ?? '' }, name))),
    ),
  );
}

/** A flow that is done leads on, or says so. True when the page was left. */
function finished({ state }: Portal): boolean {
  const { flow } = state;
  if (!flow?.done) return false;
  if (flow.leads_to) {
    location.assign(flow.leads_to);
    return true;
  }
  if (flow.after_completion.type !== 'hosted_confirmation') return false;
  message(
    'All done',
    flow.after_completion.hosted_confirmation?.custom_message ?? 'Your changes were saved.',
  );
  return true;
}

function flowView(portal: Portal): HTMLElement | undefined {
  const { flow, subscriptions } = portal.state;
  if (!flow || flow.done) return undefined;
  const named =
    flow.subscription_cancel ??
    flow.subscription_update ??
    flow.subscription_update_confirm ??
    flow.subscription_pause;
  const subscription = subscriptions.find((one) => one.id === named?.subscription);
  if (flow.type === 'payment_method_update') return methodsSection(portal, true);
  if (flow.type === 'customer_update') return customerForm(portal);
  if (!subscription) return undefined;
  if (flow.type === 'subscription_cancel') return cancelForm(portal, subscription);
  if (flow.type === 'subscription_update') return updateForm(portal, subscription);
  if (flow.type === 'subscription_update_confirm')
    return updateForm(portal, subscription, flow.subscription_update_confirm?.items[0]);
  return undefined;
}

function begin(first: PortalState): void {
  const portal: Portal = {
    state: first,
    account,
    async act(name, fields) {
      const answer = await call('POST', `/${name}`, fields);
      if ('error' in answer) return answer.error.message;
      portal.state = answer.value;
      if (!finished(portal)) portal.home();
      return null;
    },
    async addMethod(paymentMethod) {
      const answer = await call('POST', '/add_method', { payment_method: paymentMethod });
      if ('error' in answer) return answer.error.message;
      portal.state = answer.value;
      const { intent } = answer.value;
      if (intent?.status !== 'requires_action') {
        if (!finished(portal)) portal.home();
        return null;
      }
      await challenge(location.origin, intent.id, intent.client_secret);
      return portal.act('use_method', { payment_method: paymentMethod });
    },
    open: (view) => {
      const back = h('button', { type: 'button', class: 'link', click: () => portal.home() }, '← Back');
      frame(portal, back, view);
      view.querySelector('h2')?.focus();
    },
    home() {
      const { state } = portal;
      const { features } = state;
      frame(
        portal,
        ...state.subscriptions.map((one) => subscriptionCard(portal, one)),
        methodsSection(portal, false),
        ...(features.customer_update.enabled ? [customerForm(portal)] : []),
        ...(features.invoice_history ? [invoiceList(state)] : []),
      );
    },
  };
  if (finished(portal)) return;
  const view = flowView(portal);
  if (view) frame(portal, view);
  else portal.home();
}

async function start(): Promise<void> {
  const found = await call('GET', '');
  if (!('error' in found)) begin(found.value);
  else if (found.error.code === 'portal_session_expired')
    message('This link has expired', 'Please go back and open the billing page again.');
  else message('Something went wrong', 'This page could not be found.');
}
void start();
