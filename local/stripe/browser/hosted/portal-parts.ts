import type { PortalState } from '../../portal/page.ts';
import { day, h, input, money, typedIn } from './dom.ts';
import { MethodForm, named } from './methods.ts';
import type { Portal } from './portal-type.ts';

/** A form with one button, which shows what went wrong. */
export function actionForm(
  title: string,
  button: string,
  children: (HTMLElement | null)[],
  act: () => Promise<string | null>,
): HTMLFormElement {
  const error = h('p', { class: 'error', role: 'alert' });
  const submit = h('button', { class: 'primary', type: 'submit' }, button);
  const send = async () => {
    submit.disabled = true;
    error.textContent = '';
    const failed = await act();
    submit.disabled = false;
    if (failed !== null) error.textContent = failed;
  };
  return h(
    'form',
    {
      class: 'card',
      novalidate: true,
      'aria-label': title,
      submit: ((event: Event) => {
        event.preventDefault();
        void send();
      }) as EventListener,
    },
    h('h2', { tabindex: -1 }, title),
    ...children,
    error,
    submit,
  );
}

function addForm(portal: Portal): HTMLElement {
  const methods = new MethodForm(['card'], [], 'New card');
  const form = actionForm('Add payment method', 'Add', [methods.element], async () => {
    const made = await methods.paymentMethod(portal.account, { email: portal.state.customer.email ?? '' });
    if (!made.paymentMethod) return made.error?.message ?? '';
    return portal.addMethod(made.paymentMethod);
  });
  queueMicrotask(() => methods.begin());
  return form;
}

/** The customer's payment methods; with `adding`, the form of a new one is open. */
export function methodsSection(portal: Portal, adding: boolean): HTMLElement {
  const { state } = portal;
  if (adding) return addForm(portal);
  const can = state.features.payment_method_update;
  const used = state.subscriptions.map((one) => one.default_payment_method);
  const isDefault = (id: string) => id === state.default_payment_method;
  const link = (text: string, label: string, click: () => void) =>
    h('button', { type: 'button', class: 'link', click, 'aria-label': label }, text);
  const rows = state.payment_methods.map((method) =>
    h(
      'li',
      {},
      h('span', {}, named(method)),
      method.exp_month !== null &&
        h('span', { class: 'muted' }, `Expires ${method.exp_month}/${method.exp_year}`),
      isDefault(method.id) && h('span', { class: 'badge' }, 'Default'),
      can &&
        !isDefault(method.id) &&
        link(
          'Make default',
          `Make ${named(method)} the default`,
          () => void portal.act('use_method', { payment_method: method.id }),
        ),
      can &&
        !isDefault(method.id) &&
        !used.includes(method.id) &&
        link(
          'Remove',
          `Remove ${named(method)}`,
          () => void portal.act('remove_method', { payment_method: method.id }),
        ),
    ),
  );
  return h(
    'section',
    { class: 'card', 'aria-label': 'Payment methods' },
    h('h2', {}, 'Payment methods'),
    h('ul', { class: 'rows' }, ...rows),
    can && link('+ Add payment method', 'Add payment method', () => portal.open(addForm(portal))),
  );
}

export function customerForm(portal: Portal): HTMLElement {
  const { customer, features } = portal.state;
  const allowed = new Set<string>(features.customer_update.allowed_updates);
  const plain = (['name', 'email', 'phone'] as const).filter((name) => allowed.has(name));
  const labels = { name: 'Name', email: 'Email', phone: 'Phone number' };
  const parts = [
    ['line1', 'Address'],
    ['city', 'City'],
    ['postal_code', 'ZIP or postal code'],
    ['country', 'Country (two letters)'],
  ] as const;
  const fields = [
    ...plain.map((name) => input(name, labels[name], { value: customer[name] ?? '' })),
    ...(allowed.has('address')
      ? parts.map(([name, label]) => input(name, label, { value: customer.address?.[name] ?? '' }))
      : []),
  ];
  return actionForm('Billing information', 'Save', fields, () => {
    const given: Record<string, string> = Object.fromEntries(plain.map((name) => [name, typedIn(name)]));
    if (allowed.has('address'))
      for (const [name] of parts) if (typedIn(name)) given[`address[${name}]`] = typedIn(name);
    return portal.act('customer', given);
  });
}

export function invoiceList({ invoices }: PortalState): HTMLElement {
  return h(
    'section',
    { class: 'card', 'aria-label': 'Invoice history' },
    h('h2', {}, 'Invoice history'),
    h(
      'ul',
      { class: 'rows' },
      ...invoices.map(({ created, total, currency, status, hosted_invoice_url: url }) =>
        h(
          'li',
          {},
          url ? h('a', { href: url }, day(created)) : h('span', {}, day(created)),
          h('span', {}, money(total, currency)),
          h('span', { class: 'badge' }, status ?? ''),
        ),
      ),
    ),
  );
}
