import { type Json, type JsonObject, object, parseJson } from './json.ts';

export type StripeClock = { now: number; next: number | undefined };

/** The Stripe emulator's own controls, under `/_/`; without an emulator every answer is "nothing to do". */
export class StripeLink {
  #url: string | undefined;

  constructor(url: string | undefined) {
    this.#url = url;
  }

  async clock(): Promise<number | undefined> {
    return this.#next(await this.#call('GET', '/_/clock'));
  }

  async moveTo(moment: number): Promise<number | undefined> {
    return this.#next(await this.#call('PUT', '/_/clock', { now: new Date(moment).toISOString() }));
  }

  async idle(): Promise<boolean> {
    return (await this.#call('GET', '/_/idle')).idle !== false;
  }

  async setFaults(faults: Json): Promise<void> {
    await this.#call('PUT', '/_/faults', faults);
  }

  metrics(): Promise<JsonObject> {
    return this.#call('GET', '/_/metrics');
  }

  #next({ next }: JsonObject): number | undefined {
    return typeof next === 'string' ? Date.parse(next) : undefined;
  }

  async #call(method: string, path: string, body?: Json): Promise<JsonObject> {
    if (this.#url === undefined) return {};
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`The Stripe emulator answered ${response.status} to ${method} ${path}: ${text}`);
    return object(parseJson(text));
  }
}
