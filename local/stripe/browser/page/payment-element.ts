import type { Appearance, Configuration, FrameAnswer, FromFrame, StripeError, ToFrame } from '../messages.ts';
import type { Account } from '../request.ts';

/** What the frame is to show; asked for once it is there. */
export type Load = () => Promise<
  Omit<Configuration, 'appearance' | 'publishableKey' | 'stripeAccount'> | { error: StripeError }
>;
type Handler = (event: Record<string, unknown>) => void;

/** The Payment Element: a frame of Stripe's origin, so that the page never sees the card. */
export class PaymentElement {
  #account: Account;
  #appearance: Appearance;
  #load: Load;
  #frame: HTMLIFrameElement | undefined;
  #handlers = new Map<string, Set<Handler>>();
  #calls = new Map<number, (answer: FrameAnswer) => void>();
  #lastCall = 0;

  constructor(account: Account, appearance: Appearance, load: Load) {
    this.#account = account;
    this.#appearance = appearance;
    this.#load = load;
  }

  mount(target: string | HTMLElement): void {
    const host = typeof target === 'string' ? document.querySelector(target) : target;
    if (!host)
      throw new Error(
        `The selector you specified (${target}) applies to no DOM elements that are currently on the page. Make sure the element exists on the page before calling mount().`,
      );
    this.unmount();
    const frame = document.createElement('iframe');
    frame.title = 'Secure payment input frame';
    frame.name = '__privateStripeFrame';
    frame.allow = 'payment *';
    frame.src = `${this.#account.origin}/elements/payment.html?parent=${encodeURIComponent(location.origin)}`;
    Object.assign(frame.style, { border: '0', width: '100%', height: '180px', display: 'block' });
    frame.style.colorScheme = this.#appearance.theme === 'night' ? 'dark' : 'light';
    this.#frame = frame;
    addEventListener('message', this.#hear);
    host.replaceChildren(frame);
  }

  unmount(): void {
    removeEventListener('message', this.#hear);
    this.#frame?.remove();
    this.#frame = undefined;
    for (const answer of this.#calls.values())
      answer({ error: { type: 'invalid_request_error', message: 'The Payment Element was unmounted.' } });
    this.#calls.clear();
  }

  destroy(): void {
    this.unmount();
    this.#handlers.clear();
  }

  focus(): void {
    this.#frame?.focus();
    this.#say({ type: 'focus' });
  }

  on(event: string, handler: Handler): this {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler));
    return this;
  }

  off(event: string, handler: Handler): this {
    this.#handlers.get(event)?.delete(handler);
    return this;
  }

  update(_options: object = {}): void {}

  /** Nothing to collapse: the form is always open. */
  collapse(): void {}

  blur(): void {
    this.#frame?.blur();
  }

  clear(): void {
    if (this.#frame) this.#frame.src = String(this.#frame.src);
  }

  restyle(appearance: Appearance, locale: string | undefined): void {
    this.#appearance = appearance;
    this.#say(locale ? { type: 'appearance', appearance, locale } : { type: 'appearance', appearance });
  }

  /** Asks anew what can be paid with. */
  async reload(): Promise<StripeError | undefined> {
    const loaded = await this.#load();
    if ('error' in loaded) {
      this.#emit('loaderror', { error: loaded.error });
      return loaded.error;
    }
    const { publishableKey, stripeAccount } = this.#account;
    const configure = { type: 'configure' as const, publishableKey, appearance: this.#appearance, ...loaded };
    this.#say(stripeAccount ? { ...configure, stripeAccount } : configure);
    return undefined;
  }

  call(type: 'submit' | 'createPaymentMethod', fields: Record<string, string> = {}): Promise<FrameAnswer> {
    const call = ++this.#lastCall;
    return new Promise((resolve) => {
      this.#calls.set(call, resolve);
      this.#say(type === 'submit' ? { type, call } : { type, call, fields });
    });
  }

  #say(message: ToFrame): void {
    this.#frame?.contentWindow?.postMessage(message, this.#account.origin);
  }

  #emit(event: string, detail: Record<string, unknown> = {}): void {
    for (const handler of this.#handlers.get(event) ?? []) handler({ elementType: 'payment', ...detail });
  }

  #hear = (event: MessageEvent<FromFrame>): void => {
    if (event.source !== this.#frame?.contentWindow || event.origin !== this.#account.origin) return;
    const message = event.data;
    if (message.type === 'loaded') {
      this.#emit('loaderstart');
      void this.reload();
    } else if (message.type === 'ready') this.#emit('ready');
    else if (message.type === 'height' && this.#frame) this.#frame.style.height = `${message.height}px`;
    else if (message.type === 'change')
      this.#emit('change', {
        complete: message.complete,
        empty: message.empty,
        collapsed: false,
        value: { type: message.method },
      });
    else if (message.type === 'enter') this.#frame?.closest('form')?.requestSubmit();
    else if (message.type === 'focusin') this.#emit('focus');
    else if (message.type === 'focusout') this.#emit('blur');
    else if (message.type === 'answer') {
      this.#calls.get(message.call)?.(message.answer);
      this.#calls.delete(message.call);
    }
  };
}
