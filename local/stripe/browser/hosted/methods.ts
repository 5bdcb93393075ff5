import { digitsOf } from '../frame/card.ts';
import { cardFields } from '../frame/fields.ts';
import type { FrameAnswer } from '../messages.ts';
import { type Account, request } from '../request.ts';
import { complain, h, input, typedIn } from './dom.ts';

export type Saved = {
  id: string;
  type: string;
  brand: string;
  last4: string;
  exp_month: number | null;
  exp_year: number | null;
};
export type Billing = { name?: string; email?: string; country?: string; postal_code?: string };

const labels: Record<string, string> = {
  card: 'Card',
  us_bank_account: 'US bank account',
  sepa_debit: 'SEPA Direct Debit',
};

export const named = ({ brand, last4 }: Saved): string =>
  `${brand.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase())} •••• ${last4}`;

function cardForm() {
  const number = input('number', 'Card number', {
    inputmode: 'numeric',
    autocomplete: 'cc-number',
    placeholder: '1234 1234 1234 1234',
    'aria-required': 'true',
  });
  number.querySelector('.box')?.append(h('span', { id: 'brand', class: 'brand' }));
  const small = { inputmode: 'numeric', 'aria-required': 'true' };
  return h(
    'div',
    { class: 'grid', 'data-type': 'card' },
    number,
    input('expiry', 'Expiration date', { ...small, autocomplete: 'cc-exp', placeholder: 'MM / YY' }),
    input('cvc', 'Security code', { ...small, autocomplete: 'cc-csc', placeholder: 'CVC' }),
  );
}

const forms: Record<string, () => HTMLElement> = {
  card: cardForm,
  us_bank_account: () =>
    h(
      'div',
      { class: 'grid', 'data-type': 'us_bank_account' },
      input('routing', 'Routing number', { inputmode: 'numeric' }),
      input('account', 'Account number', { inputmode: 'numeric' }),
    ),
  sepa_debit: () => h('div', { 'data-type': 'sepa_debit' }, input('iban', 'IBAN', { autocomplete: 'off' })),
};

/** The choice of how to pay: saved methods, then the forms of what can be paid with. */
export class MethodForm {
  readonly element: HTMLFieldSetElement;
  #card: ReturnType<typeof cardFields> | undefined;
  #chosen = '';

  constructor(types: string[], saved: Saved[], heading = 'Payment method') {
    const known = types.filter((type) => forms[type]);
    const options = [
      ...saved.map((method) => ({ value: method.id, label: named(method), form: undefined })),
      ...known.map((type) => ({ value: type, label: labels[type] ?? type, form: forms[type]?.() })),
    ];
    this.element = h('fieldset', { class: 'methods' }, h('legend', {}, heading));
    for (const { value, label, form } of options) {
      const id = `method-${value}`;
      const choose = () => this.#choose(value);
      const radio = h('input', { type: 'radio', name: 'method', id, value, change: choose });
      const row = h('div', { class: 'option' }, radio, h('label', { for: id }, label));
      if (options.length === 1) row.hidden = true;
      this.element.append(row, form ?? '');
    }
    this.#chosen = options[0]?.value ?? '';
  }

  /** Called once the element is in the page. */
  begin(): void {
    if (this.element.querySelector('#number')) this.#card = cardFields();
    this.#choose(this.#chosen);
  }

  /** The type of a new method, or null for a saved one. */
  get type(): string | null {
    return forms[this.#chosen] ? this.#chosen : null;
  }

  #choose(value: string): void {
    this.#chosen = value;
    for (const radio of this.element.querySelectorAll('input[type=radio]'))
      if (radio instanceof HTMLInputElement) radio.checked = radio.value === value;
    for (const form of this.element.querySelectorAll<HTMLElement>('[data-type]'))
      form.hidden = form.dataset.type !== value;
    this.element.dispatchEvent(new Event('chosen', { bubbles: true }));
  }

  /** The payment method chosen; a new one is made. Errors are shown at their fields. */
  async paymentMethod(account: Account, billing: Billing): Promise<FrameAnswer> {
    if (this.type === null) return { paymentMethod: this.#chosen };
    const fields = this.type === 'card' ? this.#cardFields() : this.#bankFields();
    if (!fields) return { error: { type: 'validation_error', message: '' } };
    const { name, email, country, postal_code } = billing;
    const made = await request<{ id: string }>(account, 'POST', '/v1/payment_methods', {
      type: this.type,
      ...(name && { 'billing_details[name]': name }),
      ...(email && { 'billing_details[email]': email }),
      ...(country && { 'billing_details[address][country]': country }),
      ...(postal_code && { 'billing_details[address][postal_code]': postal_code }),
      ...fields,
    });
    return 'error' in made ? made : { paymentMethod: made.value.id };
  }

  #cardFields(): Record<string, string> | undefined {
    if (!this.#card) return undefined;
    const { number, expiry, cvc } = this.#card;
    const wrong = [number, expiry, cvc].filter((field) => field.show(true).state !== 'complete');
    wrong[0]?.input.focus();
    if (wrong.length > 0) return undefined;
    const until = digitsOf(expiry.input.value);
    return {
      'card[number]': digitsOf(number.input.value),
      'card[exp_month]': String(Number(until.slice(0, 2))),
      'card[exp_year]': `20${until.slice(2)}`,
      'card[cvc]': digitsOf(cvc.input.value),
    };
  }

  #bankFields(): Record<string, string> | undefined {
    if (this.type === 'sepa_debit')
      return complain('iban', typedIn('iban') ? '' : 'Your IBAN is incomplete.')
        ? { 'sepa_debit[iban]': typedIn('iban') }
        : undefined;
    const checked = [
      complain('routing', /^\d{9}$/.test(typedIn('routing')) ? '' : 'Your routing number is incomplete.'),
      complain('account', typedIn('account') ? '' : 'Your account number is incomplete.'),
    ];
    if (checked.includes(false)) return undefined;
    return {
      'us_bank_account[routing_number]': typedIn('routing'),
      'us_bank_account[account_number]': typedIn('account'),
      'us_bank_account[account_holder_type]': 'individual',
    };
  }
}
