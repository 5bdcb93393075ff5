import type { Access } from './api.ts';
import { byId, h } from './dom.ts';
import { count, day, money } from './format.ts';

const words: Record<Access['access'], string> = {
  none: 'No plan',
  trial: 'Trial',
  full: 'Active',
  grace: 'Payment overdue',
  restricted: 'Restricted',
  suspended: 'Suspended',
};

export const mayAsk = ({ access }: Access): boolean => ['full', 'trial', 'grace'].includes(access);

const row = (term: string, id: string, ...value: (Node | string)[]): Node[] => [
  h('dt', {}, term),
  h('dd', { 'data-testid': id }, ...value),
];

function creditsMeter({ credits }: Access): HTMLElement {
  const top = Math.max(credits.granted, credits.balance, 1);
  const text = `${count(credits.balance)} of ${count(credits.granted)}`;
  return h(
    'div',
    {},
    text,
    h('meter', {
      min: '0',
      max: String(top),
      value: String(credits.balance),
      'aria-label': `Credits: ${text}`,
    }),
  );
}

type Actions = { onCancel: () => void; onResume: () => void; onPlans: () => void };

/** What the person has, and what can be done about it. */
export function showPanel(access: Access, tierName: string | undefined, actions: Actions): void {
  const { subscription } = access;
  const button = (testid: string, text: string, onclick: () => void, look = '') =>
    h('button', { class: `button ${look}`, type: 'button', 'data-testid': testid, onclick }, text);
  const live = subscription && mayAsk(access);
  const end = subscription?.cancelAt ?? subscription?.currentPeriodEnd ?? access.until;
  byId('panel', HTMLElement).replaceChildren(
    h(
      'p',
      { class: 'status' },
      h(
        'span',
        { class: `chip ${access.access}`, 'data-testid': 'access', 'data-access': access.access },
        words[access.access],
      ),
    ),
    h(
      'dl',
      {},
      ...row('Plan', 'tier', live ? (tierName ?? subscription.tierName) : '–'),
      ...(live
        ? row(
            'Price',
            'price',
            `${money(subscription.price, subscription.currency)} / ${subscription.interval}`,
          )
        : []),
      ...row('Credits', 'credits', live ? creditsMeter(access) : '–'),
      ...(live && end
        ? row(subscription.cancelAtPeriodEnd ? 'Ends on' : 'Renews on', 'period-end', day(end))
        : []),
    ),
    h(
      'div',
      { class: 'actions' },
      ...(live && subscription.cancelAtPeriodEnd
        ? [
            h(
              'p',
              { class: 'notice', 'data-testid': 'ends-on' },
              `Your plan ends on ${end ? day(end) : 'its last day'}.`,
            ),
            button('resume', 'Resume plan', actions.onResume, 'primary'),
          ]
        : []),
      ...(live && !subscription.cancelAtPeriodEnd ? [button('cancel', 'Cancel plan', actions.onCancel)] : []),
      ...(live ? [] : [button('plans', 'See plans', actions.onPlans, 'primary')]),
    ),
  );
}

export function showPanelProblem(message: string, onRetry: () => void): void {
  byId('panel', HTMLElement).replaceChildren(
    h('p', { class: 'problem', role: 'alert', 'data-testid': 'panel-error' }, message),
    h('button', { class: 'button', type: 'button', 'data-testid': 'retry', onclick: onRetry }, 'Try again'),
  );
}

/** Asks before a plan is cancelled. */
export function confirmCancel(access: Access): Promise<boolean> {
  const dialog = byId('cancel-dialog', HTMLDialogElement);
  const end = access.subscription?.currentPeriodEnd;
  byId('cancel-text', HTMLElement).textContent = end
    ? `You keep your plan until ${day(end)}, and can resume it until then.`
    : 'You keep your plan until the end of the period.';
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'cancel'), { once: true });
  });
}
