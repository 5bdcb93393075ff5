import { notYet, StripeFault } from './fault.ts';
import type { Raw } from './form.ts';
import { checkParameters, endpointKey, sdkMethod } from './parameters.ts';
import { accepted, list, type Params, parseParams, type Schema, string } from './schema.ts';
import type { Tx } from './tx.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

export interface Call<S extends Schema> {
  tx: Tx;
  /** The values of `:name` in the path, in order. */
  path: string[];
  id: string;
  params: Params<S>;
}

export interface Route {
  method: Method;
  pattern: string;
  /** True when a publishable key may call it. */
  browser: boolean;
  /** The names of the parameters it supports. */
  supported: string[];
  answer(tx: Tx, path: string[], raw: { [key: string]: Raw }): { body: object; expand: string[] };
}

const common = { expand: list(string) };

/** One endpoint: its parameters and what it does. */
export function route<const S extends Schema>(
  method: Method,
  pattern: string,
  schema: S,
  handle: (call: Call<S>) => object,
  { browser = false } = {},
): Route {
  const own = browser
    ? {
        ...common,
        client_secret: string,
        key: string,
        _stripe_account: string,
        _stripe_version: string,
        use_stripe_sdk: accepted,
      }
    : common;
  const whole: Schema = { ...own, ...schema };
  return {
    method,
    pattern,
    browser,
    supported: Object.keys(whole),
    answer(tx, path, raw) {
      const key = endpointKey(method, pattern);
      const fromSdk = sdkMethod(key) !== undefined && !tx.actor.browser;
      if (fromSdk) checkParameters(key, raw);
      const parsed = supportedParams(whole, raw, fromSdk ? `${method} ${pattern}` : undefined);
      const expand = Array.isArray(parsed.expand) ? parsed.expand.map(String) : [];
      const body = handle({ tx, path, id: path[0] ?? '', params: parsed as Params<S> });
      return { body, expand };
    },
  };
}

/** What Stripe knows and the schema does not, a parameter or a value of one, is refused by name as not there yet. */
function supportedParams(schema: Schema, raw: { [key: string]: Raw }, checked: string | undefined) {
  try {
    return parseParams(schema, raw);
  } catch (error) {
    if (!checked || !(error instanceof StripeFault)) throw error;
    const { code, param, message } = error.body;
    if (code === 'parameter_unknown') throw notYet(`the parameter ${param} of ${checked}`);
    if (/^Invalid [^:]+: must be /.test(message))
      throw notYet(`that value of the parameter ${param} of ${checked}`);
    throw error;
  }
}

export interface Match {
  route: Route;
  path: string[];
}

/** Finds the endpoint of a path; literal segments win over `:name`. */
export function matcher(routes: Route[]) {
  const ordered = [...routes].sort((a, b) => a.pattern.split(':').length - b.pattern.split(':').length);
  const compiled = ordered.map((entry) => ({
    entry,
    expression: new RegExp(`^${entry.pattern.replaceAll(/:[a-z_]+/g, '([^/]+)')}$`),
  }));
  return (method: string, pathname: string): Match | undefined => {
    for (const { entry, expression } of compiled) {
      if (entry.method !== method) continue;
      const found = expression.exec(pathname);
      if (found) return { route: entry, path: found.slice(1).map(decodeURIComponent) };
    }
    return undefined;
  };
}
