import type { Pricing, Tier } from './api.ts';
import { h } from './dom.ts';
import { count, money } from './format.ts';

const per = { month: 'month', year: 'year' };

function card(tier: Tier, currency: string, onBuy: (tier: Tier) => void): HTMLElement {
  const saving = tier.yearlySavingPercent;
  return h(
    'article',
    { class: 'tier', 'data-testid': `tier-${tier.id}`, 'data-interval': tier.interval },
    h('h3', {}, tier.name, saving ? h('span', { class: 'saving' }, `Save ${saving}%`) : undefined),
    h('p', { class: 'price' }, h('strong', {}, money(tier.price, currency)), ` / ${per[tier.interval]}`),
    h(
      'ul',
      {},
      tier.credits !== undefined && h('li', {}, `${count(tier.credits)} credits a ${per[tier.interval]}`),
      ...tier.features.map((feature) => h('li', {}, feature)),
    ),
    h(
      'button',
      {
        class: 'button primary',
        type: 'button',
        'data-testid': `buy-${tier.id}`,
        'aria-label': `Buy ${tier.name}, ${money(tier.price, currency)} per ${per[tier.interval]}`,
        onclick: () => onBuy(tier),
      },
      'Buy',
    ),
  );
}

function chooser(root: HTMLElement, initial: string): HTMLElement {
  const choose = (interval: string) => {
    for (const tier of root.querySelectorAll<HTMLElement>('.tier'))
      tier.hidden = tier.dataset.interval !== interval;
  };
  const option = (value: string, label: string) =>
    h(
      'label',
      {},
      h('input', {
        type: 'radio',
        name: 'interval',
        value,
        checked: value === initial,
        'data-testid': `interval-${value}`,
        onchange: () => choose(value),
      }),
      h('span', {}, label),
    );
  choose(initial);
  return h(
    'fieldset',
    { class: 'interval' },
    h('legend', { class: 'hidden' }, 'Billing interval'),
    option('month', 'Monthly'),
    option('year', 'Yearly'),
  );
}

/** The plans, as a message. */
export function offers(why: string, { tiers, currency }: Pricing, onBuy: (tier: Tier) => void): HTMLElement {
  if (tiers.length === 0)
    return h('section', { class: 'offers' }, h('p', {}, 'There are no plans to choose from yet.'));
  const list = h('div', { class: 'tiers' }, ...tiers.map((tier) => card(tier, currency, onBuy)));
  const intervals = new Set(tiers.map(({ interval }) => interval));
  return h(
    'section',
    { class: 'offers', 'aria-label': 'Plans' },
    h('p', {}, why),
    intervals.size > 1 && chooser(list, 'month'),
    list,
  );
}
