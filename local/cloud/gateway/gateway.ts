import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { readBody, send } from '../http.ts';
import { evaluate } from '../iam.ts';
import { type JsonObject, list, object, parseJson, text } from '../json.ts';
import type { Outcome } from '../lambda/environment.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Metrics } from '../metrics.ts';
import { findRoute, type RestApi, type Route } from './api.ts';
import { Authorizers } from './authorize.ts';
import { proxyRequest } from './request.ts';

type Parts = {
  api: RestApi;
  lambda: Lambda;
  clock: Clock;
  policies: Map<string, JsonObject[]>;
  metrics: Metrics;
};

const mostBytes = 10 * 1024 * 1024;
const integrationLimitMs = 29_000;

/** Status and words of the gateway's own answers, unless the API body changes them. */
const ownResponses: Record<string, [status: number, message: string, fallback: string]> = {
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token', 'DEFAULT_4XX'],
  UNAUTHORIZED: [401, 'Unauthorized', 'DEFAULT_4XX'],
  ACCESS_DENIED: [403, 'User is not authorized to access this resource', 'DEFAULT_4XX'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long', 'DEFAULT_4XX'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'Internal server error', 'DEFAULT_5XX'],
  API_CONFIGURATION_ERROR: [500, 'Internal server error', 'DEFAULT_5XX'],
  INTEGRATION_TIMEOUT: [504, 'Endpoint request timed out', 'DEFAULT_5XX'],
  INTEGRATION_FAILURE: [502, 'Internal server error', 'DEFAULT_5XX'],
};

/** Serves one REST API: routes, authorizers, limits and Lambda proxy integrations as API Gateway has them. */
export class Gateway {
  #parts: Parts;
  #authorizers: Authorizers;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#authorizers = new Authorizers((name, role, event) => this.#invoke(name, role, event), parts.clock);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { api, clock, metrics } = this.#parts;
    const started = performance.now();
    const requestId = randomUUID();
    const url = new URL(request.url ?? '/', 'http://gateway');
    const body = await readBody(request, mostBytes);
    const match = findRoute(api, request.method ?? 'GET', url.pathname);
    response.on('finish', () => {
      const operation = `${request.method} ${match?.route.path ?? '(none)'}`;
      const failed = response.statusCode >= 500 ? 1 : 0;
      metrics.record('gateway', 'apigateway', operation, performance.now() - started, { failed });
    });
    if (body === undefined) return this.#own(response, 'REQUEST_TOO_LARGE', requestId);
    if (!match) return this.#own(response, 'MISSING_AUTHENTICATION_TOKEN', requestId);
    const { route } = match;
    if (route.integration.type === 'mock') {
      const { status, headers, body: answer } = route.integration;
      return send(response, status, answer, { ...headers, 'x-amzn-requestid': requestId });
    }
    const proxy = proxyRequest(api, match, request, url, { body, now: clock.now(), requestId });
    if (route.authorizer) {
      const verdict = await this.#authorizers.authorize(route.authorizer, proxy);
      if (verdict.kind === 'unauthorized') return this.#own(response, 'UNAUTHORIZED', requestId);
      if (verdict.kind === 'denied') return this.#own(response, 'ACCESS_DENIED', requestId, verdict.message);
      if (verdict.kind !== 'allow') return this.#own(response, 'AUTHORIZER_CONFIGURATION_ERROR', requestId);
      object(proxy.event.requestContext).authorizer = verdict.context;
    }
    await this.#integrate(route.integration, proxy.event, response, requestId);
  }

  async #integrate(
    { functionName, role }: Extract<Route['integration'], { type: 'lambda' }>,
    event: JsonObject,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), integrationLimitMs);
    });
    const outcome = await Promise.race([this.#invoke(functionName, role, event), late]);
    clearTimeout(timer);
    if (outcome === 'late') return this.#own(response, 'INTEGRATION_TIMEOUT', requestId);
    if (!outcome.ok) {
      const denied = outcome.failure.errorType === 'AccessDeniedException';
      return this.#own(response, denied ? 'API_CONFIGURATION_ERROR' : 'INTEGRATION_FAILURE', requestId);
    }
    this.#answer(outcome.payload, response, requestId);
  }

  async #invoke(name: string, role: string | undefined, event: JsonObject): Promise<Outcome> {
    const { lambda, policies } = this.#parts;
    const resource = lambda.get(name)?.arn ?? '';
    if (role !== undefined) {
      const { allowed, reason } = evaluate(policies.get(role) ?? [], {
        action: 'lambda:InvokeFunction',
        resource,
      });
      if (!allowed) {
        const errorMessage = `API Gateway as ${role} is not authorized to perform: lambda:InvokeFunction on resource: ${resource} ${reason}`;
        console.error(errorMessage);
        return { ok: false, failure: { errorType: 'AccessDeniedException', errorMessage } };
      }
    }
    return lambda.invoke(name, JSON.stringify(event));
  }

  #answer(payload: string, response: ServerResponse, requestId: string): void {
    const answer = object(parseJson(payload));
    const status = Number(answer.statusCode);
    if (
      !Number.isInteger(status) ||
      status < 100 ||
      status > 599 ||
      (answer.body !== undefined && answer.body !== null && typeof answer.body !== 'string')
    ) {
      this.#own(response, 'INTEGRATION_FAILURE', requestId);
      return;
    }
    const headers: Record<string, string | string[]> = {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
    };
    for (const [name, value] of Object.entries(object(answer.headers)))
      headers[name.toLowerCase()] = text(value);
    for (const [name, values] of Object.entries(object(answer.multiValueHeaders))) {
      headers[name.toLowerCase()] = list(values).map((value) => text(value));
    }
    const body = Buffer.from(text(answer.body), answer.isBase64Encoded === true ? 'base64' : 'utf8');
    response.writeHead(status, headers);
    response.end(body);
  }

  #own(response: ServerResponse, type: keyof typeof ownResponses, requestId: string, said?: string): void {
    const [status, message, fallback] = ownResponses[type] ?? [500, 'Internal server error', 'DEFAULT_5XX'];
    const { responses } = this.#parts.api;
    const exact = responses.get(type);
    const declared = exact ?? responses.get(fallback);
    const words = said ?? message;
    const fill = (template: string) =>
      template
        .replaceAll('$context.requestId', requestId)
        .replaceAll('$context.error.messageString', JSON.stringify(words))
        .replaceAll('$context.error.message', words)
        .replaceAll('$context.error.responseType', String(type));
    const headers = Object.entries(declared?.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]);
    send(
      response,
      exact?.status ?? declared?.status ?? status,
      declared?.template ? fill(declared.template) : { message: words },
      {
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': String(type),
        ...Object.fromEntries(headers),
      },
    );
  }
}
