import type { Endpoint } from '../../shared/contract/define.ts';
import { type ProblemCode, problems } from '../../shared/contract/errors.ts';

type Json = Record<string, unknown>;
export type ApiFunctions = {
  endpoint(endpoint: Endpoint): string;
  preflight: string;
  authorizer: string;
};

/** How long API Gateway keeps an authorizer's answer for a token, in seconds. */
const authorizerTtl = 300;

const problem = (code: ProblemCode, detail: string): Json => ({
  statusCode: problems[code][0],
  responseParameters: {
    'gatewayresponse.header.Content-Type': "'application/problem+json'",
    'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
  },
  responseTemplates: {
    'application/json': JSON.stringify({
      type: `/problems/${code}`,
      title: problems[code][1],
      status: problems[code][0],
      detail,
      code,
      requestId: '$context.requestId',
    }),
  },
});

/** API Gateway's own refusals, in the words of the contract. */
const gatewayResponses = {
  UNAUTHORIZED: problem(
    'unauthenticated',
    'Send a valid token as a Bearer token in the Authorization header.',
  ),
  MISSING_AUTHENTICATION_TOKEN: problem('not_found', 'There is no such path or method.'),
  ACCESS_DENIED: problem('forbidden', 'The token does not allow this.'),
  AUTHORIZER_FAILURE: problem('internal_error', 'The token could not be checked; try again.'),
  THROTTLED: problem('rate_limited', 'Too many requests; try again shortly.'),
  REQUEST_TOO_LARGE: problem('invalid_request', 'The request is too large.'),
  DEFAULT_5XX: problem('internal_error', 'Something went wrong; try again.'),
};

/** The contract as the OpenAPI 3.0.1 body that API Gateway reads. `invoke` uris and roles may be CDK tokens. */
export function apiBody(
  endpoints: readonly Endpoint[],
  functions: ApiFunctions,
  { title, credentials, uriOf }: { title: string; credentials: string; uriOf(functionArn: string): string },
): Json {
  const integration = (functionArn: string): Json => ({
    'x-amazon-apigateway-integration': {
      type: 'aws_proxy',
      httpMethod: 'POST',
      uri: uriOf(functionArn),
      credentials,
      passthroughBehavior: 'when_no_match',
      timeoutInMillis: 29_000,
    },
    responses: {},
  });
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }));
    const item = paths[endpoint.path] ?? {
      options: { parameters, security: [], ...integration(functions.preflight) },
    };
    const open = endpoint.audience === 'public' || endpoint.audience === 'stripe';
    item[endpoint.method.toLowerCase()] = {
      operationId: endpoint.id,
      parameters,
      security: open ? [] : [{ token: [] }],
      ...integration(functions.endpoint(endpoint)),
    };
    paths[endpoint.path] = item;
  }
  return {
    openapi: '3.0.1',
    info: { title, version: '1.0.0' },
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'custom',
          'x-amazon-apigateway-authorizer': {
            type: 'request',
            identitySource: 'method.request.header.Authorization',
            authorizerUri: uriOf(functions.authorizer),
            authorizerCredentials: credentials,
            authorizerResultTtlInSeconds: authorizerTtl,
          },
        },
      },
    },
    'x-amazon-apigateway-gateway-responses': gatewayResponses,
  };
}
