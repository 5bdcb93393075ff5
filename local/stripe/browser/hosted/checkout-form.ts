import type { PageState } from '../../checkout/page.ts';
import { complain, h, input, typedIn } from './dom.ts';
import type { Billing } from './methods.ts';

type CustomField = PageState['custom_fields'][number];

const countries = ['US', 'DE', 'FR', 'ES', 'GB', 'AT', 'CA', 'CH', 'IE', 'IT', 'NL'];
const regions = new Intl.DisplayNames('en', { type: 'region' });

function country() {
  const options = countries.map((code) => h('option', { value: code }, regions.of(code) ?? code));
  return h(
    'div',
    { class: 'field' },
    h('label', { for: 'country' }, 'Country or region'),
    h('div', { class: 'box' }, h('select', { id: 'country', autocomplete: 'billing country' }, ...options)),
  );
}

function customField({ key, label, optional, type, dropdown }: CustomField) {
  const id = `custom-${key}`;
  const name = `${label.custom}${optional ? ' (optional)' : ''}`;
  if (type !== 'dropdown') return input(id, name, type === 'numeric' ? { inputmode: 'numeric' } : {});
  const options = dropdown?.options ?? [];
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, name),
    h(
      'div',
      { class: 'box' },
      h(
        'select',
        { id },
        h('option', { value: '' }, 'Select…'),
        ...options.map((option) => h('option', { value: option.value }, option.label)),
      ),
    ),
    h('p', { class: 'error', id: `${id}-error`, role: 'alert' }),
  );
}

function check(id: string, label: string) {
  return h(
    'div',
    { class: 'check' },
    h('input', { type: 'checkbox', id, 'aria-describedby': `${id}-error` }),
    h('label', { for: id }, label),
    h('p', { class: 'error', id: `${id}-error`, role: 'alert' }),
  );
}

/** The fields around the payment method, as the session asks for them. */
export function formFields(state: PageState): { before: HTMLElement[]; after: HTMLElement[] } {
  const email = input('email', 'Email', {
    type: 'email',
    autocomplete: 'email',
    value: state.email ?? '',
    readonly: state.email_fixed,
  });
  const before = [h('h2', {}, 'Contact information'), email];
  if (state.phone_number_collection)
    before.push(input('phone', 'Phone number', { type: 'tel', autocomplete: 'tel' }));
  const after: HTMLElement[] = [input('name', 'Name', { autocomplete: 'billing name' }), country()];
  if (state.billing_address_collection === 'required')
    after.push(
      input('line1', 'Address', { autocomplete: 'billing address-line1' }),
      input('city', 'City', { autocomplete: 'billing address-level2' }),
      input('state', 'State or province', { autocomplete: 'billing address-level1' }),
    );
  after.push(input('postal_code', 'ZIP or postal code', { autocomplete: 'billing postal-code' }));
  if (state.tax_id_collection) after.push(input('tax_id', 'Tax ID (optional)'));
  after.push(...state.custom_fields.map(customField));
  const { submit, after_submit, terms_of_service_acceptance: terms } = state.custom_text;
  if (state.offers_saving) after.push(check('save', 'Save my payment information for next time'));
  if (state.terms_of_service)
    after.push(
      check('terms', terms?.message ?? `I agree to ${state.seller}’s Terms of Service and Privacy Policy`),
    );
  if (state.promotions)
    after.push(check('promotions', `Keep me updated on news and offers from ${state.seller}`));
  for (const text of [submit, after_submit]) if (text) after.push(h('p', { class: 'muted' }, text.message));
  return { before, after };
}

const ticked = (id: string) => {
  const box = document.getElementById(id);
  return box instanceof HTMLInputElement && box.checked;
};

/** What was typed, or undefined when something is missing, which is shown at its field. */
export function readForm(state: PageState): { fields: Record<string, string>; billing: Billing } | undefined {
  const email = typedIn('email');
  const wrong: string[] = [];
  const need = (id: string, good: boolean, message: string) => {
    if (!complain(id, good ? '' : message)) wrong.push(id);
  };
  const typed = email === '' ? 'Required' : 'Your email is invalid.';
  need('email', /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email), typed);
  const fields: Record<string, string> = { email, 'address[country]': typedIn('country') };
  for (const name of ['line1', 'city', 'state', 'postal_code']) {
    const value = typedIn(name);
    if (value) fields[`address[${name}]`] = value;
  }
  if (state.billing_address_collection === 'required') need('line1', typedIn('line1') !== '', 'Required');
  if (state.phone_number_collection) need('phone', typedIn('phone') !== '', 'Required');
  for (const name of ['name', 'phone']) if (typedIn(name)) fields[name] = typedIn(name);
  if (typedIn('tax_id')) {
    fields['tax_id[value]'] = typedIn('tax_id');
    fields['tax_id[type]'] = 'unknown';
  }
  for (const { key, optional } of state.custom_fields) {
    const value = typedIn(`custom-${key}`);
    need(`custom-${key}`, optional || value !== '', 'Required');
    if (value) fields[`custom_fields[${key}]`] = value;
  }
  if (state.terms_of_service) {
    need('terms', ticked('terms'), 'You must agree to the terms of service to continue.');
    fields.terms_of_service = 'accepted';
  }
  if (state.promotions) fields.promotions = ticked('promotions') ? 'opt_in' : 'opt_out';
  if (ticked('save')) fields.save_payment_method = 'true';
  const [first] = wrong;
  if (first) {
    document.getElementById(first)?.focus();
    return undefined;
  }
  const billing = {
    name: typedIn('name'),
    email,
    country: typedIn('country'),
    postal_code: typedIn('postal_code'),
  };
  return { fields, billing };
}
