import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { account } from '../intrinsics.ts';
import type { JsonObject } from '../json.ts';
import type { Match, RestApi } from './api.ts';

/** A request as a Lambda proxy integration (version 1.0) and a REQUEST authorizer see it. */
export type ProxyRequest = { event: JsonObject; requestId: string; methodArn: string };

const orNull = (record: Record<string, string | string[]>) =>
  Object.keys(record).length === 0 ? null : record;

function grouped(pairs: Iterable<[string, string]>): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const [name, value] of pairs) {
    const group = groups[name];
    if (group) group.push(value);
    else groups[name] = [value];
  }
  return groups;
}

const last = (groups: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(groups).map(([name, values]) => [name, values.at(-1) ?? '']));

function headerPairs({ rawHeaders }: IncomingMessage): [string, string][] {
  return rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
  );
}

export function proxyRequest(
  api: RestApi,
  { route, parameters }: Match,
  request: IncomingMessage,
  url: URL,
  { body, now, requestId = randomUUID() }: { body: Buffer; now: number; requestId?: string },
): ProxyRequest {
  const method = request.method ?? 'GET';
  const headers = grouped(headerPairs(request));
  const query = grouped(url.searchParams);
  const path = decodeURI(url.pathname);
  const sourceIp = (request.socket.remoteAddress ?? '127.0.0.1').replace('::ffff:', '');
  const event: JsonObject = {
    resource: route.path,
    path,
    httpMethod: method,
    headers: orNull(last(headers)),
    multiValueHeaders: orNull(headers),
    queryStringParameters: orNull(last(query)),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: orNull(parameters),
    stageVariables: null,
    requestContext: {
      accountId: account,
      apiId: api.id,
      domainName: request.headers.host ?? '',
      domainPrefix: api.id,
      extendedRequestId: requestId,
      httpMethod: method,
      identity: {
        sourceIp,
        userAgent: request.headers['user-agent'] ?? null,
        accountId: null,
        caller: null,
        user: null,
      },
      path: `/${api.stage}${path}`,
      protocol: `HTTP/${request.httpVersion}`,
      requestId,
      requestTime: new Date(now).toUTCString(),
      requestTimeEpoch: now,
      resourceId: route.path,
      resourcePath: route.path,
      stage: api.stage,
    },
    body: body.length === 0 ? null : body.toString(api.binary ? 'base64' : 'utf8'),
    isBase64Encoded: api.binary && body.length > 0,
  };
  const methodArn = `arn:aws:execute-api:us-east-1:${account}:${api.id}/${api.stage}/${method}${path}`;
  return { event, requestId, methodArn };
}
