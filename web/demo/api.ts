export type Config = { api: string; stripe: string; web: string; control: string; stripeScript: string };

export type Tier = {
  id: string;
  name: string;
  price: number;
  interval: 'month' | 'year';
  features: string[];
  credits?: number;
  yearlySavingPercent?: number;
};
export type Pricing = {
  currency: string;
  tiers: Tier[];
  legal: { terms?: string; privacy?: string; refund?: string };
};
export type Subscription = {
  id: string;
  status: string;
  tierName: string;
  price: number;
  currency: string;
  interval: 'month' | 'year';
  currentPeriodEnd: string | null;
  cancelAtPeriodEnd: boolean;
  cancelAt?: string;
};
export type Access = {
  access: 'none' | 'trial' | 'full' | 'grace' | 'restricted' | 'suspended';
  tier?: string;
  features: string[];
  until?: string;
  credits: { balance: number; granted: number; used: number };
  subscription?: Subscription;
};
export type Purchase = {
  subscription: Subscription;
  confirm: 'payment' | 'setup' | 'none';
  clientSecret: string | null;
  publishableKey: string;
  stripeAccount: string;
};

/** A problem document, told in plain words. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const plainWords: Record<string, string> = {
  offline: 'The connection failed. Please check it and try again.',
  stripe_unavailable: 'Payments cannot be reached right now. You have not been charged.',
  rate_limited: 'That was a little fast. Please wait a moment and try again.',
  request_in_progress: 'This is already being done. Please wait a moment.',
  already_subscribed: 'You already have a plan.',
  payments_disabled: 'This assistant does not take payments at the moment.',
  plan_required: 'This assistant does not take payments at the moment.',
  unauthenticated: 'Your session has ended. Please reload the page.',
};

type Person = { sub: string; name: string; email: string };

export type Client = ReturnType<typeof connect>;

export function connect(config: Config, orgId: string, widgetId: string, person: Person) {
  const base = `${config.api}/api/widget/${encodeURIComponent(widgetId)}/stripe`;
  let token: Promise<string> | undefined;
  const newToken = (): Promise<string> =>
    send<{ token: string }>('POST', `${config.control}/tokens`, {
      body: { role: 'user', orgId, widgetId, ...person },
    }).then((answer) => answer.token);

  async function own<T>(method: string, path: string, body?: object, idempotencyKey?: string): Promise<T> {
    token ??= newToken();
    const options = { body, idempotencyKey };
    try {
      return await send<T>(method, `${base}${path}`, { ...options, token: await token });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code !== 'unauthenticated') {
        if (error.code === 'offline') token = undefined;
        throw error;
      }
      // It has ended: the local clock may have been advanced elsewhere.
      token = newToken();
      return send<T>(method, `${base}${path}`, { ...options, token: await token });
    }
  }

  return {
    pricing: () => send<Pricing>('GET', `${base}/pricing`),
    access: () => own<Access>('GET', '/access'),
    buy: (tierId: string, key: string) => own<Purchase>('POST', '/subscription/create', { tierId }, key),
    cancel: () => own<object>('POST', '/subscription/cancel', {}, crypto.randomUUID()),
    resume: () => own<object>('POST', '/subscription/resume', {}, crypto.randomUUID()),
    clock: () => send<{ now: string }>('GET', `${config.control}/clock`),
    async advance(by: string): Promise<void> {
      await send('POST', `${config.control}/clock/advance`, { body: { by } });
      // The old token has ended by now.
      token = undefined;
    },
  };
}

type Sending = { body?: object | undefined; token?: string; idempotencyKey?: string | undefined };

async function send<T>(
  method: string,
  url: string,
  { body, token, idempotencyKey }: Sending = {},
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        ...(body && { 'Content-Type': 'application/json' }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Refused('offline', plainWords.offline ?? '');
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const code = String(answer.code ?? (response.status === 401 ? 'unauthenticated' : response.status));
  throw new Refused(
    code,
    plainWords[code] ?? answer.detail ?? answer.title ?? 'Something went wrong. Please try again.',
  );
}
