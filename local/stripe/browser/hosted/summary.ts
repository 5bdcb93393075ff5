import type { PageState } from '../../checkout/page.ts';
import { complain, every, h, input, money, typedIn } from './dom.ts';

export type Change = (change: Record<string, string>) => Promise<string | null>;

function itemRow(state: PageState, item: PageState['items'][number], change: Change) {
  const currency = state.currency ?? 'usd';
  const price = item.metered ? 'Price varies' : money(item.full, currency);
  const row = h(
    'li',
    { class: 'item' },
    h(
      'div',
      {},
      h('p', { class: 'name' }, item.name),
      item.description && h('p', { class: 'muted' }, item.description),
      item.adjustable && item.quantity !== null
        ? quantity(item, change)
        : item.quantity !== null && item.quantity > 1 && h('p', { class: 'muted' }, `Qty ${item.quantity}`),
    ),
    h(
      'p',
      { class: 'amount' },
      price,
      item.recurring && h('span', { class: 'muted' }, ` ${every(item.recurring)}`),
    ),
  );
  return row;
}

function quantity(item: PageState['items'][number], change: Change) {
  const id = `quantity-${item.id}`;
  const { minimum = 1, maximum = 99 } = item.adjustable ?? {};
  const field = h('input', {
    id,
    type: 'number',
    class: 'quantity',
    min: Math.max(1, minimum),
    max: maximum,
    value: item.quantity ?? 1,
    'aria-describedby': `${id}-error`,
    change: async () => {
      const failed = await change({ line_item: item.id, quantity: field.value });
      if (failed !== null) complain(id, failed);
    },
  });
  return h(
    'div',
    { class: 'inline' },
    h('label', { for: id }, 'Quantity'),
    field,
    h('p', { class: 'error', id: `${id}-error`, role: 'alert' }),
  );
}

function promotion(state: PageState, change: Change) {
  const [applied] = state.discounts;
  if (applied)
    return h(
      'div',
      { class: 'total' },
      h(
        'span',
        {},
        applied.name,
        ' ',
        applied.code !== null &&
          h(
            'button',
            {
              type: 'button',
              class: 'link',
              click: () => void change({ promotion_code: '' }),
              'aria-label': `Remove ${applied.code}`,
            },
            'Remove',
          ),
      ),
      h('span', {}, `-${money(state.discount, state.currency ?? 'usd')}`),
    );
  if (!state.allow_promotion_codes || state.status !== 'open') return null;
  const apply = async () => {
    const code = typedIn('promotion');
    if (code === '') return;
    const failed = await change({ promotion_code: code });
    if (failed !== null) complain('promotion', failed);
  };
  const box = input('promotion', 'Add promotion code', {
    autocomplete: 'off',
    keydown: ((event: KeyboardEvent) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      void apply();
    }) as EventListener,
  });
  box
    .querySelector('.box')
    ?.append(h('button', { type: 'button', class: 'apply', click: () => void apply() }, 'Apply'));
  return box;
}

/** What is bought and what it costs. */
export function summary(state: PageState, change: Change): HTMLElement {
  const currency = state.currency ?? 'usd';
  const line = (name: string, amount: number) =>
    h('div', { class: 'total' }, h('span', {}, name), h('span', {}, money(amount, currency)));
  const recurring = state.items.find((item) => item.recurring)?.recurring;
  const trial = state.mode === 'subscription' && state.total === 0;
  const heading =
    state.mode === 'setup'
      ? 'Save your payment details'
      : state.mode === 'subscription'
        ? 'Subscribe'
        : 'Your order';
  return h(
    'section',
    { class: 'summary', 'aria-label': 'Order summary' },
    h('p', { class: 'seller' }, state.seller, !state.livemode && h('span', { class: 'mode' }, 'TEST MODE')),
    h('h1', {}, heading),
    state.mode !== 'setup' &&
      h(
        'p',
        { class: 'due', id: 'due' },
        money(state.total, currency),
        recurring && !trial && h('span', { class: 'muted' }, ` ${every(recurring)}`),
      ),
    state.mode !== 'setup' &&
      h('ul', { class: 'items' }, ...state.items.map((item) => itemRow(state, item, change))),
    state.mode !== 'setup' && line('Subtotal', state.subtotal),
    state.mode !== 'setup' && promotion(state, change),
    state.tax > 0 && line('Tax', state.tax),
    state.mode !== 'setup' &&
      h(
        'div',
        { class: 'total strong' },
        h('span', {}, 'Total due today'),
        h('span', { id: 'total' }, money(state.total, currency)),
      ),
  );
}
