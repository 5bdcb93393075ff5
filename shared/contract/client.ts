import type * as z from 'zod/mini';
import type { Endpoint } from './define.ts';
import { type Endpoints, endpoints } from './endpoints.ts';
import type { Problem } from './errors.ts';

type Input<S> = S extends z.core.$ZodType ? z.input<S> : never;
type Output<S> = S extends z.core.$ZodType ? z.output<S> : undefined;
type Part<Name extends string, S> = [S] extends [undefined]
  ? { [N in Name]?: never }
  : { [N in Name]: Input<S> };

export type CallOf<E extends Endpoint> = Part<'params', NonNullable<E['params']>> & {
  query?: E['query'] extends z.core.$ZodType ? z.input<E['query']> : never;
  body?: E['body'] extends z.core.$ZodType ? z.input<E['body']> : never;
  idempotencyKey?: string;
};
export type AnswerOf<E extends Endpoint> = Output<NonNullable<E['answer']['schema']>>;

/** A refusal of the API, with the whole problem document. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * The typed client of every endpoint, over plain `fetch`.
 * @param token called for each request, so that it can be renewed
 */
export function connectorClient(baseUrl: string, token?: () => string | Promise<string>) {
  async function call<N extends keyof Endpoints>(
    name: N,
    input: CallOf<Endpoints[N]>,
  ): Promise<AnswerOf<Endpoints[N]>> {
    const endpoint: Endpoint = endpoints[name];
    const {
      params = {},
      query = {},
      body,
      idempotencyKey,
    } = input as { params?: object; query?: object; body?: unknown; idempotencyKey?: string };
    const path = Object.entries(params).reduce(
      (at, [key, value]) => at.replace(`{${key}}`, encodeURIComponent(String(value))),
      endpoint.path as string,
    );
    const search = new URLSearchParams(
      Object.entries(query).map(([key, value]) => [key, String(value)]),
    ).toString();
    const response = await fetch(`${baseUrl}${path}${search && `?${search}`}`, {
      method: endpoint.method,
      headers: {
        ...(endpoint.body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${await token()}` }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      ...(endpoint.body && { body: JSON.stringify(body ?? {}) }),
    });
    if (!response.ok) throw new ApiProblem(await response.json());
    return response.status === 204 ? (undefined as AnswerOf<Endpoints[N]>) : await response.json();
  }
  return { call };
}
