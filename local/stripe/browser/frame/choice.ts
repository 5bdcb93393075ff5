import type { Configuration, FrameAnswer, SavedMethod } from '../messages.ts';
import { worded } from '../words.ts';

const names: Record<string, string> = {
  card: 'Card',
  us_bank_account: 'US bank account',
  sepa_debit: 'SEPA Direct Debit',
};
const bankFields: Record<string, [id: string, label: string][]> = {
  us_bank_account: [
    ['holder', 'Full name'],
    ['email', 'Email'],
    ['routing', 'Routing number'],
    ['account', 'Account number'],
  ],
  sepa_debit: [
    ['holder', 'Full name'],
    ['email', 'Email'],
    ['iban', 'IBAN'],
  ],
};

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  ...children: (Node | string)[]
) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const titled = ({ card, us_bank_account: us, sepa_debit: sepa }: SavedMethod) => {
  const brand = card?.display_brand ?? (us ? 'Bank' : 'SEPA');
  return `${brand.replaceAll('_', ' ')} •••• ${card?.last4 ?? us?.last4 ?? sepa?.last4 ?? ''}`;
};

/** What is paid with: a card, one of other types, or one saved before. */
export class Choice {
  #chosen = 'card';
  #saved: SavedMethod[] = [];
  #card: HTMLElement;
  #bank = make('div', { id: 'bank' });
  #save: HTMLInputElement | undefined;
  #changed: () => void;

  constructor(card: HTMLElement, changed: () => void) {
    this.#card = card;
    this.#changed = changed;
    card.after(this.#bank);
  }

  configure({ types, saved, offersSaving }: Configuration): void {
    document.getElementById('choices')?.remove();
    document.getElementById('saving')?.remove();
    this.#saved = saved;
    const known = types.filter((type) => type in names);
    const options = [
      ...saved.map((method) => ({ value: method.id, label: titled(method) })),
      ...known.map((type) => ({ value: type, label: names[type] ?? type })),
    ];
    if (options.length > 1) {
      const list = make('fieldset', { id: 'choices' }, make('legend', {}, 'Payment method'));
      for (const { value, label } of options) {
        const id = `choice-${value}`;
        const radio = make('input', { type: 'radio', name: 'choice', id, value });
        radio.addEventListener('change', () => this.#choose(value));
        list.append(make('div', { class: 'choice' }, radio, make('label', { for: id }, label)));
      }
      this.#card.before(list);
    }
    if (offersSaving) {
      this.#save = make('input', { type: 'checkbox', id: 'save' });
      const label = make('label', { for: 'save' }, 'Save payment details for future purchases');
      this.#bank.after(make('div', { id: 'saving', class: 'choice' }, this.#save, label));
    }
    this.#choose(options[0]?.value ?? 'card');
  }

  #choose(value: string): void {
    this.#chosen = value;
    const radio = document.getElementById(`choice-${value}`);
    if (radio instanceof HTMLInputElement) radio.checked = true;
    this.#card.hidden = value !== 'card';
    const fields = bankFields[value] ?? [];
    this.#bank.replaceChildren(
      ...fields.map(([id, label]) =>
        make(
          'div',
          { class: 'field' },
          make('label', { for: id }, label),
          make('input', { id, autocomplete: 'off', 'aria-describedby': `${id}-error` }),
          make('p', { class: 'error', id: `${id}-error`, role: 'alert' }),
        ),
      ),
    );
    const saving = document.getElementById('saving');
    if (saving) saving.hidden = this.savedMethod !== undefined;
    this.#changed();
  }

  get isCard(): boolean {
    return this.#chosen === 'card';
  }

  get savedMethod(): SavedMethod | undefined {
    return this.#saved.find(({ id }) => id === this.#chosen);
  }

  /** The type of what was chosen. */
  get type(): string {
    return this.savedMethod?.type ?? this.#chosen;
  }

  get save(): boolean {
    return this.savedMethod === undefined && (this.#save?.checked ?? false);
  }

  #values() {
    return (bankFields[this.#chosen] ?? []).map(([id, label]) => {
      const input = document.getElementById(id);
      return { id, label, value: input instanceof HTMLInputElement ? input.value.trim() : '' };
    });
  }

  get complete(): boolean {
    return this.#values().every(({ value }) => value !== '');
  }

  get empty(): boolean {
    return this.savedMethod === undefined && this.#values().every(({ value }) => value === '');
  }

  /** The fields of a bank account, or what is missing. */
  bank(): { fields: Record<string, string> } | FrameAnswer {
    const values = this.#values();
    const missing = values.find(({ value }) => value === '');
    for (const { id, label, value } of values) {
      const place = document.getElementById(`${id}-error`);
      if (place)
        place.textContent = value === '' ? worded(`incomplete_${id}`, `Your ${label} is incomplete.`) : '';
    }
    if (missing) {
      document.getElementById(missing.id)?.focus();
      const message = worded(`incomplete_${missing.id}`, `Your ${missing.label} is incomplete.`);
      return { error: { type: 'validation_error', code: `incomplete_${missing.id}`, message } };
    }
    const of = (id: string) => values.find((entry) => entry.id === id)?.value ?? '';
    const holder = { 'billing_details[name]': of('holder'), 'billing_details[email]': of('email') };
    if (this.#chosen === 'sepa_debit') return { fields: { ...holder, 'sepa_debit[iban]': of('iban') } };
    return {
      fields: {
        ...holder,
        'us_bank_account[routing_number]': of('routing'),
        'us_bank_account[account_number]': of('account'),
        'us_bank_account[account_holder_type]': 'individual',
      },
    };
  }
}
