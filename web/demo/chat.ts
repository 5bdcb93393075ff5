import { waitForAccess, welcome } from './activation.ts';
import { answerTo, suggestions } from './answers.ts';
import { type Access, type Client, type Config, type Pricing, Refused, type Tier } from './api.ts';
import { type Checkout, checkout } from './checkout.ts';
import { announce, fromAgent, fromUser, reveal, typing } from './conversation.ts';
import { byId, h } from './dom.ts';
import { day } from './format.ts';
import { offers } from './offers.ts';
import { confirmCancel, mayAsk, showPanel, showPanelProblem } from './panel.ts';

export class Chat {
  #client: Client;
  #config: Config;
  #name: string;
  #pricing: Pricing | undefined;
  #access: Access | undefined;
  #offers: HTMLElement | undefined;
  #checkout: { message: HTMLElement; checkout: Checkout } | undefined;
  #activating = false;

  constructor(client: Client, config: Config, name: string) {
    this.#client = client;
    this.#config = config;
    this.#name = name;
  }

  async open(): Promise<void> {
    const first = this.#name.split(' ')[0];
    fromAgent('greeting', `Hello ${first}! I’m Compass, the assistant of Northwind. What can I do for you?`);
    const chips = suggestions.map((text) =>
      h('button', { class: 'suggestion', type: 'button', onclick: () => void this.ask(text) }, text),
    );
    fromAgent('suggestions', h('div', { class: 'suggestions' }, ...chips));
    await this.refresh();
  }

  async refresh(): Promise<void> {
    try {
      const [pricing, access] = await Promise.all([
        this.#pricing ?? this.#client.pricing(),
        this.#client.access(),
      ]);
      this.#pricing = pricing;
      this.#show(access);
    } catch (error) {
      showPanelProblem(wordsOf(error), () => void this.refresh());
    }
  }

  refreshQuietly(): void {
    if (!this.#access || this.#activating) return;
    this.#client.access().then(
      (access) => this.#show(access),
      () => undefined,
    );
  }

  problem(error: unknown): void {
    fromAgent('problem', h('p', { class: 'problem', role: 'alert' }, wordsOf(error)));
  }

  async ask(question: string): Promise<void> {
    fromUser(question);
    await typing();
    if (this.#activating) {
      fromAgent('answer', 'Your plan is being activated. I’ll be with you in a moment.');
      return;
    }
    if (!this.#access) await this.refresh();
    if (!this.#access) return this.problem(new Error('I cannot see your plan right now. Please try again.'));
    if (mayAsk(this.#access)) {
      fromAgent('answer', answerTo(question));
      return;
    }
    if (this.#checkout) {
      fromAgent('prompt', 'I’ll answer as soon as your plan is active. The payment form is waiting above.');
      return;
    }
    this.#offer('To answer this I need you to have a plan. You can start right here.');
  }

  #show(access: Access): void {
    this.#access = access;
    const tier = this.#pricing?.tiers.find(({ id }) => id === access.tier);
    showPanel(access, tier?.name, {
      onCancel: () => void this.#cancel(),
      onResume: () => void this.#change('resume', () => this.#client.resume()),
      onPlans: () => {
        if (this.#checkout) reveal(this.#checkout.message);
        else if (!this.#activating) this.#offer('These are the plans you can choose from.');
      },
    });
    byId('panel', HTMLElement).removeAttribute('aria-busy');
  }

  #offer(why: string): void {
    this.#offers?.remove();
    if (!this.#pricing) return;
    const section = offers(why, this.#pricing, (tier) => this.#buy(tier));
    this.#offers = fromAgent('upgrade', section);
    section.querySelector<HTMLElement>('.tier:not([hidden]) button')?.focus({ preventScroll: true });
    announce(why);
  }

  #buy(tier: Tier): void {
    if (!this.#pricing || this.#checkout || this.#activating) return;
    this.#offers?.remove();
    const opened = checkout({
      client: this.#client,
      config: this.#config,
      pricing: this.#pricing,
      tier,
      onPaid: () => void this.#activate(),
      onBack: () => {
        this.#closeCheckout();
        this.#offer('These are the plans you can choose from.');
      },
      onRefused: (error) => {
        if (!(error instanceof Refused) || error.code !== 'already_subscribed') return false;
        this.#closeCheckout();
        this.problem(error);
        void this.refresh();
        return true;
      },
    });
    this.#checkout = { message: fromAgent('checkout-message', opened.element), checkout: opened };
    void opened.start();
  }

  #closeCheckout(): void {
    this.#checkout?.checkout.close();
    this.#checkout?.message.remove();
    this.#checkout = undefined;
  }

  /** Paid, but access comes with Stripe's webhook: waits for it, and sells nothing meanwhile. */
  async #activate(): Promise<void> {
    this.#activating = true;
    this.#closeCheckout();
    const text = h('span', {}, 'Payment received. Activating your plan…');
    const waiting = fromAgent('activating', h('span', { class: 'spinner' }), text);
    announce('Payment received. Activating your plan.');
    byId('question', HTMLInputElement).focus({ preventScroll: true });
    const access = await waitForAccess(this.#client, () => {
      text.textContent = 'This takes longer than usual. Your payment is safe; I keep looking…';
    });
    if (access) {
      waiting.remove();
      this.#activating = false;
      this.#show(access);
      fromAgent('welcome', ...welcome(access, this.#pricing));
      announce('Your plan is active.');
      return;
    }
    const again = () => {
      waiting.remove();
      void this.#activate();
    };
    waiting.replaceChildren(
      'Your payment was received, but your plan is not active yet. ',
      h(
        'button',
        { class: 'button', type: 'button', 'data-testid': 'check-again', onclick: again },
        'Check again',
      ),
    );
  }

  async #cancel(): Promise<void> {
    if (!this.#access || !(await confirmCancel(this.#access))) return;
    await this.#change('cancel', () => this.#client.cancel());
  }

  async #change(what: 'cancel' | 'resume', call: () => Promise<object>): Promise<void> {
    const panel = byId('panel', HTMLElement);
    panel.setAttribute('aria-busy', 'true');
    for (const button of panel.querySelectorAll('button')) button.disabled = true;
    try {
      await call();
      await this.refresh();
      const end = this.#access?.subscription?.currentPeriodEnd;
      const done =
        what === 'resume'
          ? 'Your plan goes on.'
          : `Your plan is cancelled${end ? ` and ends on ${day(end)}` : ''}.`;
      fromAgent(`${what}-done`, done);
    } catch (error) {
      this.problem(error);
      if (this.#access) this.#show(this.#access);
    }
    panel.querySelector('button')?.focus();
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'Something went wrong. Please try again.';
