import { type JsonObject, list, object, text } from '../json.ts';

export type Integration =
  | { type: 'lambda'; functionName: string; role: string | undefined }
  | { type: 'mock'; status: number; headers: Record<string, string>; body: string };

export type Authorizer = {
  functionName: string;
  role: string | undefined;
  identitySources: string[];
  ttlSeconds: number;
};

export type Route = {
  method: string;
  path: string;
  segments: string[];
  integration: Integration;
  authorizer: Authorizer | undefined;
};

export type GatewayResponse = {
  status: number | undefined;
  headers: Record<string, string>;
  template: string | undefined;
};

export type RestApi = {
  id: string;
  stage: string;
  routes: Route[];
  responses: Map<string, GatewayResponse>;
  binary: boolean;
};

const functionOf = (uri: string) => /:function:([^/:]+)/.exec(uri)?.[1] ?? '';
const roleOf = (value: string) => (value === '' ? undefined : (value.split('/').at(-1) ?? value));
const quoted = (value: string) => value.replace(/^'|'$/g, '');

function headersFrom(parameters: JsonObject, prefix: string): Record<string, string> {
  const entries = Object.entries(parameters).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), quoted(text(value))]));
}

function integrationOf(declared: JsonObject): Integration {
  if (text(declared.type).toLowerCase() === 'mock') {
    const answer = object(object(declared.responses).default ?? Object.values(object(declared.responses))[0]);
    return {
      type: 'mock',
      status: Number(text(answer.statusCode, '200')),
      headers: headersFrom(object(answer.responseParameters), 'method.response.header.'),
      body: text(object(answer.responseTemplates)['application/json']),
    };
  }
  return {
    type: 'lambda',
    functionName: functionOf(text(declared.uri)),
    role: roleOf(text(declared.credentials)),
  };
}

function authorizersOf(body: JsonObject): Map<string, Authorizer> {
  const schemes = Object.entries(object(object(body.components).securitySchemes));
  return new Map(
    schemes.flatMap(([name, scheme]): [string, Authorizer][] => {
      const declared = object(object(scheme)['x-amazon-apigateway-authorizer']);
      if (declared.authorizerUri === undefined) return [];
      const sources = text(declared.identitySource)
        .split(',')
        .map((source) => source.trim());
      return [
        [
          name,
          {
            functionName: functionOf(text(declared.authorizerUri)),
            role: roleOf(text(declared.authorizerCredentials)),
            identitySources: sources.filter((source) => source !== ''),
            ttlSeconds: Number(text(declared.authorizerResultTtlInSeconds, '300')),
          },
        ],
      ];
    }),
  );
}

/** Static segments before parameters before greedy ones, as API Gateway prefers. */
const weight = ({ segments }: Route) =>
  segments.map((segment) => (segment.endsWith('+}') ? '2' : segment.startsWith('{') ? '1' : '0')).join('');

/** What an imported OpenAPI body says about routing. */
export function readApi(id: string, stage: string, body: JsonObject): RestApi {
  const authorizers = authorizersOf(body);
  const routes = Object.entries(object(body.paths)).flatMap(([path, methods]) =>
    Object.entries(object(methods)).flatMap(([method, operation]): Route[] => {
      const declared = object(operation);
      if (declared['x-amazon-apigateway-integration'] === undefined) return [];
      const security = list(declared.security ?? body.security).flatMap((scheme) =>
        Object.keys(object(scheme)),
      );
      const name = security.find((scheme) => authorizers.has(scheme));
      return [
        {
          method: method === 'x-amazon-apigateway-any-method' ? 'ANY' : method.toUpperCase(),
          path,
          segments: path.split('/').filter((segment) => segment !== ''),
          integration: integrationOf(object(declared['x-amazon-apigateway-integration'])),
          authorizer: name === undefined ? undefined : authorizers.get(name),
        },
      ];
    }),
  );
  const responses = Object.entries(object(body['x-amazon-apigateway-gateway-responses'])).map(
    ([type, declared]): [string, GatewayResponse] => {
      const { statusCode, responseParameters, responseTemplates } = object(declared);
      const templates = object(responseTemplates);
      const template = templates['application/json'] ?? Object.values(templates)[0];
      return [
        type,
        {
          status: statusCode === undefined ? undefined : Number(text(statusCode)),
          headers: headersFrom(object(responseParameters), 'gatewayresponse.header.'),
          template: template === undefined ? undefined : text(template),
        },
      ];
    },
  );
  return {
    id,
    stage,
    routes: routes.sort((left, right) => weight(left).localeCompare(weight(right))),
    responses: new Map(responses),
    binary: list(body['x-amazon-apigateway-binary-media-types']).length > 0,
  };
}

export type Match = { route: Route; parameters: Record<string, string> };

function parametersOf(route: Route, segments: string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, expected] of route.segments.entries()) {
    if (expected.endsWith('+}')) {
      const rest = segments.slice(index);
      return rest.length === 0 ? undefined : { ...parameters, [expected.slice(1, -2)]: rest.join('/') };
    }
    const given = segments[index];
    if (given === undefined) return undefined;
    if (expected.startsWith('{')) parameters[expected.slice(1, -1)] = given;
    else if (expected !== given) return undefined;
  }
  return route.segments.length === segments.length ? parameters : undefined;
}

export function findRoute(api: RestApi, method: string, path: string): Match | undefined {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);
  for (const route of api.routes) {
    if (route.method !== method && route.method !== 'ANY') continue;
    const parameters = parametersOf(route, segments);
    if (parameters) return { route, parameters };
  }
  return undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
