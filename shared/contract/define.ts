import type * as z from 'zod/mini';
import type { ProblemCode } from './errors.ts';

/** Who may call an endpoint; the role of the token, or nobody in particular. */
export type Audience = 'public' | 'user' | 'orgAdmin' | 'platformAdmin' | 'stripe';
export type Area = 'widget' | 'org' | 'platform' | 'webhook' | 'public';

/** What a function may touch; its role is made from this and from nothing else. */
export type Grants = {
  /**
   * `read` is BatchGetItem, `query` is Query, `write` is PutItem and ConditionCheckItem, `count` is UpdateItem (only
   * counters are updated in place). Nothing may scan or delete.
   */
  table?: readonly ('read' | 'query' | 'write' | 'count')[];
  /** Reads the platform's Stripe keys of both modes. */
  stripe?: true;
  /** Publishes on the event bus. */
  bus?: true;
  /** Sends mail as the address of the configuration. */
  mail?: true;
};

type Shape = z.core.$ZodType;
export type None = undefined;

export type Endpoint<
  Params extends Shape | None = Shape | None,
  Query extends Shape | None = Shape | None,
  Body extends Shape | None = Shape | None,
  Answer extends Shape | None = Shape | None,
> = {
  /** camelCase; the operationId, and with `area` the file: `functions/<area>/<kebab-id>.ts`. */
  readonly id: string;
  readonly area: Area;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: `/${string}`;
  readonly audience: Audience;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** The status and the body of success; no schema means no body. */
  readonly answer: { readonly status: 200 | 201 | 204 | 302; readonly schema?: Answer };
  /** Beyond `commonErrors`. */
  readonly errors: readonly ProblemCode[];
  /** Takes `Idempotency-Key`: every POST by callers with a token. */
  readonly idempotent: boolean;
  readonly grants: Grants;
  /** Shown in the document, and each one executed by a test. */
  readonly examples: readonly Example[];
};

/** One call as a client would make it, in the shape of JSON. */
export type Example = {
  readonly summary: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The body of the answer; ids, times and secrets differ from call to call. */
  readonly answer?: unknown;
};

/** Every endpoint may answer these. */
export const commonErrors: readonly ProblemCode[] = ['invalid_request', 'internal_error'];

/* @__NO_SIDE_EFFECTS__ */
export function defineEndpoint<
  P extends Shape | None = None,
  Q extends Shape | None = None,
  B extends Shape | None = None,
  A extends Shape | None = None,
>(endpoint: Endpoint<P, Q, B, A>): Endpoint<P, Q, B, A> {
  return endpoint;
}

export type Parsed<S> = S extends Shape ? z.output<S> : undefined;

/** Where an event on our bus comes from: Stripe, by the scope of its endpoint, or our own outbox. */
export type Source = 'stripe.connect' | 'stripe.platform' | 'connector';

/** An event type with the schema of the part of `data.object` that we read. */
export type StripeEvent<Type extends string = string, Object extends Shape = Shape> = {
  readonly type: Type;
  readonly object: Object;
};

export type Consumer<E extends readonly StripeEvent[] = readonly StripeEvent[]> = {
  /** camelCase; names its queue, and its file: `functions/consumers/<kebab-id>.ts`. */
  readonly id: string;
  readonly summary: string;
  /** @default stripe.connect */
  readonly source?: Source;
  readonly events: E;
  readonly grants: Grants;
  /** How long an event waits in its queue before it is taken. @default not at all */
  readonly delaySeconds?: number;
  /** It leaves no marker of an event, and nobody misses one it did not get. */
  readonly unmarked?: true;
  /** How many of its functions run at once, where that must be few; at least 2. @default as many as there is work for */
  readonly concurrency?: number;
};

/** Work that a schedule begins. */
export type Job = {
  /** camelCase; its file is `functions/jobs/<kebab-id>.ts`. */
  readonly id: string;
  readonly summary: string;
  /** As EventBridge writes it: `rate(1 day)` or `cron(...)`. */
  readonly schedule: string;
  readonly grants: Grants;
};

/* @__NO_SIDE_EFFECTS__ */
export function defineConsumer<const E extends readonly StripeEvent[]>(consumer: Consumer<E>): Consumer<E> {
  return consumer;
}

/** An event type of a consumer. */
export const on = <Type extends string, O extends Shape>(type: Type, object: O): StripeEvent<Type, O> => ({
  type,
  object,
});

export const kebab = (camel: string): string =>
  camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
export const pascal = (camel: string): string => camel.charAt(0).toUpperCase() + camel.slice(1);
