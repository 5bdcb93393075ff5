import type { Clock } from '../clock.ts';
import { evaluate, statementsOf } from '../iam.ts';
import { type Json, type JsonObject, object, parseJson, text } from '../json.ts';
import type { Outcome } from '../lambda/environment.ts';
import type { Authorizer } from './api.ts';
import type { ProxyRequest } from './request.ts';

/** What an authorizer's answer means for a request. */
export type Authorization =
  | { kind: 'allow'; context: JsonObject }
  | { kind: 'unauthorized' }
  | { kind: 'denied'; message: string }
  | { kind: 'broken' };

type Cached = { until: number; policy: JsonObject };
type Invoke = (functionName: string, role: string | undefined, event: JsonObject) => Promise<Outcome>;

/** The header, query string or context value an identity source names; undefined when the request lacks it. */
function identityOf(source: string, event: JsonObject): string | undefined {
  const [, , kind, ...rest] = source.split('.');
  const name = rest.join('.');
  const groups: Record<string, Json | undefined> = {
    header: event.headers,
    querystring: event.queryStringParameters,
  };
  const found = Object.entries(object(groups[kind ?? ''])).find(([key]) =>
    kind === 'header' ? key.toLowerCase() === name.toLowerCase() : key === name,
  );
  return found === undefined || found[1] === '' ? undefined : text(found[1]);
}

const unauthorized: Authorization = { kind: 'unauthorized' };
const denied: Authorization = {
  kind: 'denied',
  message: 'User is not authorized to access this resource with an explicit deny',
};

/** REQUEST authorizers with their cache, which lives on the cloud's clock. */
export class Authorizers {
  #invoke: Invoke;
  #clock: Clock;
  #cache = new Map<string, Cached>();

  constructor(invoke: Invoke, clock: Clock) {
    this.#invoke = invoke;
    this.#clock = clock;
  }

  async authorize(authorizer: Authorizer, { event, methodArn }: ProxyRequest): Promise<Authorization> {
    const identity = authorizer.identitySources.map((source) => identityOf(source, event));
    if (identity.includes(undefined)) return unauthorized;
    const key = JSON.stringify([authorizer.functionName, identity]);
    const cached = this.#cache.get(key);
    if (cached && cached.until > this.#clock.now()) return this.#judge(cached.policy, methodArn);
    const { body: _body, isBase64Encoded: _encoded, ...rest } = event;
    const outcome = await this.#invoke(authorizer.functionName, authorizer.role, {
      type: 'REQUEST',
      methodArn,
      ...rest,
    });
    if (!outcome.ok)
      return outcome.failure.errorMessage === 'Unauthorized' ? unauthorized : { kind: 'broken' };
    const policy = object(parseJson(outcome.payload));
    if (policy.policyDocument === undefined) return { kind: 'broken' };
    if (authorizer.ttlSeconds > 0 && identity.length > 0) {
      this.#forgetExpired();
      this.#cache.set(key, { until: this.#clock.now() + authorizer.ttlSeconds * 1000, policy });
    }
    return this.#judge(policy, methodArn);
  }

  #judge(policy: JsonObject, resource: string): Authorization {
    const { allowed } = evaluate(statementsOf(policy.policyDocument), {
      action: 'execute-api:Invoke',
      resource,
    });
    if (!allowed) return denied;
    // API Gateway hands every context value on as a string.
    const context = Object.fromEntries(
      Object.entries(object(policy.context)).map(([name, value]) => [name, text(value)]),
    );
    return {
      kind: 'allow',
      context: { principalId: text(policy.principalId), integrationLatency: 0, ...context },
    };
  }

  #forgetExpired(): void {
    if (this.#cache.size < 1000) return;
    for (const [key, { until }] of this.#cache) if (until <= this.#clock.now()) this.#cache.delete(key);
  }
}
