import type { PortalState } from '../../portal/page.ts';
import { day, every, h, money, typedIn } from './dom.ts';
import { actionForm } from './portal-parts.ts';
import type { Portal } from './portal-type.ts';

type Subscription = PortalState['subscriptions'][number];
type Price = Subscription['items'][number]['price'];

const priceText = (price: Price) =>
  `${price.unit_amount === null ? '' : money(price.unit_amount, price.currency)} ${every(price)}`;

function stateOf({ status, cancel_at, trial_end, period_end }: Subscription): string {
  if (cancel_at !== null) return `Cancels ${day(cancel_at)}`;
  if (status === 'trialing' && trial_end !== null) return `Trial ends ${day(trial_end)}`;
  if (status === 'active') return `Your plan renews on ${day(period_end)}.`;
  return status.replaceAll('_', ' ');
}

export function subscriptionCard(portal: Portal, subscription: Subscription): HTMLElement {
  const { features } = portal.state;
  const error = h('p', { class: 'error', role: 'alert' });
  const { id, cancel_at, status } = subscription;
  const act = async (name: string) => {
    error.textContent = (await portal.act(name, { subscription: id })) ?? '';
  };
  const button = (text: string, click: () => void) => h('button', { type: 'button', click }, text);
  const resumes =
    (cancel_at !== null && features.subscription_cancel.enabled) ||
    (status === 'paused' && features.subscription_pause);
  return h(
    'section',
    { class: 'card', 'aria-label': 'Current subscription' },
    h('h2', {}, 'Current subscription'),
    ...subscription.items.map(({ price, quantity }) =>
      h(
        'p',
        {},
        h('strong', {}, price.product),
        ` ${priceText(price)}`,
        quantity !== null && quantity > 1 && ` × ${quantity}`,
      ),
    ),
    h('p', { class: 'muted', id: `state-${id}` }, stateOf(subscription)),
    error,
    h(
      'div',
      { class: 'actions' },
      features.subscription_update.enabled &&
        cancel_at === null &&
        button('Update subscription', () => portal.open(updateForm(portal, subscription))),
      resumes &&
        button(
          status === 'paused' ? 'Resume subscription' : 'Don’t cancel subscription',
          () => void act('resume'),
        ),
      features.subscription_pause &&
        status === 'active' &&
        button('Pause subscription', () => void act('pause')),
      features.subscription_cancel.enabled &&
        cancel_at === null &&
        button('Cancel subscription', () => portal.open(cancelForm(portal, subscription))),
    ),
  );
}

const reasons: Record<string, string> = {
  too_expensive: 'It’s too expensive',
  missing_features: 'Some features are missing',
  switched_service: 'I found an alternative',
  unused: 'I no longer need it',
  customer_service: 'Customer service was less than expected',
  too_complex: 'Ease of use was less than expected',
  low_quality: 'Quality was less than expected',
  other: 'Other reason',
};

export function cancelForm(portal: Portal, subscription: Subscription): HTMLElement {
  const { mode, cancellation_reason } = portal.state.features.subscription_cancel;
  const text =
    mode === 'at_period_end'
      ? `Your subscription will be canceled at the end of your billing period on ${day(subscription.period_end)}. You can change your mind any time before this date.`
      : 'Your subscription will be canceled immediately.';
  const asked = cancellation_reason.enabled
    ? h(
        'fieldset',
        {},
        h('legend', {}, 'Why are you canceling? (optional)'),
        ...cancellation_reason.options.map((reason) =>
          h(
            'div',
            { class: 'option' },
            h('input', { type: 'radio', name: 'feedback', id: `reason-${reason}`, value: reason }),
            h('label', { for: `reason-${reason}` }, reasons[reason] ?? reason),
          ),
        ),
        h('label', { for: 'comment' }, 'Any additional feedback?'),
        h('input', { id: 'comment' }),
      )
    : null;
  return actionForm('Cancel your subscription', 'Cancel subscription', [h('p', {}, text), asked], () => {
    const chosen = document.querySelector<HTMLInputElement>('input[name=feedback]:checked')?.value;
    return portal.act('cancel', {
      subscription: subscription.id,
      ...(chosen && { feedback: chosen }),
      ...(typedIn('comment') && { comment: typedIn('comment') }),
    });
  });
}

/** Another plan or quantity; a flow can say which. */
export function updateForm(
  portal: Portal,
  subscription: Subscription,
  wanted?: { id: string | null; price: string | null; quantity?: number },
): HTMLElement {
  const { allowed, prices } = portal.state.features.subscription_update;
  const item = subscription.items.find((one) => one.id === wanted?.id) ?? subscription.items[0];
  const current = wanted?.price ?? item?.price.id;
  const offered = wanted?.price ? prices.filter(({ id }) => id === wanted.price) : prices;
  const plans = h(
    'fieldset',
    {},
    h('legend', {}, 'Plan'),
    ...offered.map((price) => {
      const radio = h('input', { type: 'radio', name: 'plan', id: `plan-${price.id}`, value: price.id });
      radio.checked = price.id === current;
      return h(
        'div',
        { class: 'option' },
        radio,
        h('label', { for: `plan-${price.id}` }, `${price.product} ${priceText(price)}`),
      );
    }),
  );
  const quantity = wanted?.quantity ?? item?.quantity ?? 1;
  const adjustable = allowed.includes('quantity') && (!wanted || wanted.quantity !== undefined);
  const field = h(
    'div',
    { class: 'inline' },
    h('label', { for: 'plan-quantity' }, 'Quantity'),
    h('input', {
      id: 'plan-quantity',
      type: 'number',
      min: 1,
      class: 'quantity',
      value: quantity,
      readonly: wanted !== undefined,
    }),
  );
  const children = [allowed.includes('price') ? plans : null, adjustable ? field : null];
  return actionForm(
    wanted ? 'Confirm your updates' : 'Update subscription',
    wanted ? 'Confirm' : 'Continue',
    children,
    () => {
      const price = document.querySelector<HTMLInputElement>('input[name=plan]:checked')?.value;
      return portal.act('update', {
        subscription: subscription.id,
        ...(item && { item: item.id }),
        ...(price && { price }),
        ...(adjustable && { quantity: typedIn('plan-quantity') }),
      });
    },
  );
}
