export type Endpoints = { api: string; stripe: string; web: string; control: string };

/** `ENDPOINTS` as the launcher gives it. */
export function readEndpoints(): Endpoints {
  const given: unknown = JSON.parse(process.env.ENDPOINTS ?? '{}');
  const url = (name: keyof Endpoints): string => {
    const value = typeof given === 'object' && given !== null ? Reflect.get(given, name) : undefined;
    if (typeof value !== 'string') throw new Error(`ENDPOINTS lacks "${name}".`);
    return value;
  };
  return { api: url('api'), stripe: url('stripe'), web: url('web'), control: url('control') };
}

/** Where Stripe's script comes from: the emulator, or Stripe itself when its API is the real one. */
export const stripeScriptOf = (stripe: string): string =>
  stripe === 'https://api.stripe.com' ? 'https://js.stripe.com/v3/' : `${stripe}/js/stripe.js`;
