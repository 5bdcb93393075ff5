import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Endpoint, Parsed } from '../contract/define.ts';
import { Refusal, toProblem } from '../contract/errors.ts';
import { startBudget } from './budget.ts';
import type { Claim, ClaimRequest } from './idempotency.ts';
import { log } from './log.ts';
import type { Admit } from './rate-limit.ts';
import { authorise, type Caller, fieldErrors, parseJsonBody } from './request.ts';

type CallerOf<E extends Endpoint> = E['audience'] extends 'public' | 'stripe' ? undefined : Caller;
/** A body by the endpoint's schema; without one, a place to redirect to or nothing at all. */
export type Answer<E extends Endpoint> =
  NonNullable<E['answer']['schema']> extends z.core.$ZodType
    ? [NonNullable<E['answer']['schema']>] extends [never]
      ? { location: string } | undefined
      : Parsed<NonNullable<E['answer']['schema']>>
    : undefined;

/** What a handler gets: everything parsed, everyone known. */
export type Request<E extends Endpoint> = {
  caller: CallerOf<E>;
  params: Parsed<NonNullable<E['params']>>;
  query: Parsed<NonNullable<E['query']>>;
  body: Parsed<NonNullable<E['body']>>;
  /** The write that makes `answer` the stored response of this Idempotency-Key; none was sent: no write. */
  remember(answer: Answer<E>): ReturnType<Claim['remember']>[];
  /** The caller's Idempotency-Key, scoped to the caller, or undefined. */
  idempotencyKey: string | undefined;
  /** API Gateway's own id of it. */
  requestId: string;
  /** Where this API is reached, without a trailing slash. */
  apiUrl: string;
  /** Where the caller is (ISO 3166-1 alpha-2), as the token or the content network says; may be wrong. */
  country: string | undefined;
};

/** What a changing request passes before it is served. */
export type Gate = { admit: Admit; claim: ClaimRequest };

const problemHeaders = { 'content-type': 'application/problem+json' };

function respond<E extends Endpoint>(
  endpoint: E,
  answer: Answer<E>,
): { statusCode: number; body: string; location?: string } {
  const { status, schema } = endpoint.answer;
  if (status === 302) return { statusCode: 302, body: '', ...(answer as { location: string }) };
  return { statusCode: status, body: schema ? JSON.stringify(answer) : '' };
}

function parsePart<S extends z.core.$ZodType>(
  part: 'params' | 'query' | 'body',
  schema: S | undefined,
  value: unknown,
) {
  if (!schema) return undefined;
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(part, parsed.error.issues);
  const first = errors[0];
  throw new Refusal('invalid_request', `${first?.path} ${first?.message}`, { errors });
}

/**
 * A Lambda behind API Gateway that serves one endpoint of the contract: caller checked against the path, input
 * parsed, Idempotency-Key honoured, refusals turned into problem documents.
 * @param gate of endpoints that take an Idempotency-Key; the others leave it, and the table's client, out
 */
export function endpoint<E extends Endpoint>(
  definition: E,
  handle: (request: Request<E>) => Promise<Answer<E>>,
  { gate }: { gate?: Gate } = {},
) {
  async function serve(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const header = (name: string) =>
      Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1] ?? undefined;
    startBudget();
    const path = event.pathParameters ?? {};
    const { audience } = definition;
    const anyone = audience === 'public' || audience === 'stripe';
    const claims: Record<string, unknown> | null | undefined = event.requestContext.authorizer;
    const caller = anyone ? undefined : authorise(audience, claims, path);
    const params = parsePart('params', definition.params, path);
    const query = parsePart('query', definition.query, event.queryStringParameters ?? {});
    const body = definition.body
      ? parsePart('body', definition.body, parseJsonBody(event.body, event.isBase64Encoded))
      : undefined;

    if (gate && caller) await gate.admit(caller.orgId ?? 'platform', caller.sub);
    const key = definition.idempotent ? header('idempotency-key') : undefined;
    const scope = caller
      ? `${caller.role}#${caller.orgId ?? ''}#${caller.widgetId ?? ''}#${caller.sub}`
      : 'public';
    const held =
      key && gate
        ? await gate.claim({
            caller: scope,
            endpoint: definition.id,
            key,
            fingerprint: JSON.stringify([params, query, body]),
          })
        : undefined;
    if (held && 'replay' in held) {
      return {
        ...held.replay,
        headers: { 'content-type': 'application/json', 'Idempotency-Replayed': 'true' },
      };
    }
    const claim = held?.claim;
    const request = {
      caller,
      params,
      query,
      body,
      remember: (answer: Answer<E>) => (claim ? [claim.remember(respond(definition, answer))] : []),
      idempotencyKey: key && `${scope}#${key}`,
      requestId: event.requestContext.requestId,
      apiUrl: apiUrlOf(event),
      country: caller?.country ?? header('cloudfront-viewer-country'),
    } as Request<E>; // the parts were parsed by E's own schemas just above
    try {
      const answer = await handle(request);
      const { location, ...response } = respond(definition, answer);
      if (claim && !claim.remembered()) await claim.finish(response);
      return {
        ...response,
        headers: location ? { location } : response.body ? { 'content-type': 'application/json' } : {},
      };
    } catch (error) {
      // Refused or failed: nothing is stored for the key, so the caller may try again with it.
      await claim?.release();
      throw error;
    }
  }

  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use({
      onError: (request) => {
        const { error, context } = request;
        const refusal =
          error instanceof Refusal
            ? error
            : new Refusal(
                'internal_error',
                'Something went wrong; try again, and tell us the requestId if it stays.',
              );
        if (refusal !== error) {
          log('error', 'unhandled', {
            endpoint: definition.id,
            error: error?.name,
            message: error?.message,
            stack: error?.stack,
          });
        }
        const problem = toProblem(refusal, context.awsRequestId);
        const { retryAfterSeconds } = refusal.extra;
        request.response = {
          statusCode: problem.status,
          headers: {
            ...problemHeaders,
            ...(retryAfterSeconds && { 'Retry-After': String(retryAfterSeconds) }),
          },
          body: JSON.stringify(problem),
        };
      },
    })
    .use({
      // Tokens travel in a header, never in a cookie: the preflight is the gate for origins, this only lets the
      // browser read the answer it was allowed to ask for.
      after: ({ event, response }) => addCors(event, response),
      onError: ({ event, response }) => addCors(event, response),
    })
    .handler(serve);
}

/** The configured address (a custom domain, or this machine), else the stage's own. */
const apiUrlOf = ({ requestContext: { domainName, stage } }: APIGatewayProxyEvent): string =>
  process.env.PUBLIC_API_URL || `https://${domainName}/${stage}`;

function addCors(event: APIGatewayProxyEvent, response: APIGatewayProxyResult | null): void {
  const origin = event.headers?.origin ?? event.headers?.Origin;
  if (!response || !origin) return;
  response.headers = {
    ...response.headers,
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Idempotency-Replayed, Retry-After',
    Vary: 'Origin',
  };
}
