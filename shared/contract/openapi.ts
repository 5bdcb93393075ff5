import * as z from 'zod/mini';
import { commonErrors, type Endpoint, type Example } from './define.ts';
import { problems } from './errors.ts';

type Json = Record<string, unknown>;

const jsonSchema = (schema: z.core.$ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

const problemSchema: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(problems) },
    requestId: { type: 'string' },
    declineCode: { type: 'string', description: "Stripe's decline code, with card_declined" },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

function parameters(endpoint: Endpoint): Json[] {
  const from = (schema: z.core.$ZodType | undefined, place: 'path' | 'query'): Json[] => {
    if (!schema) return [];
    const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
      properties?: Json;
      required?: string[];
    };
    return Object.entries(properties).map(([name, one]) => {
      const shown = place === 'query' ? examples(endpoint, ({ query }) => query?.[name]) : {};
      const needed = place === 'path' || required.includes(name);
      return { name, in: place, required: needed, schema: one, ...shown };
    });
  };
  const idempotency: Json[] = endpoint.idempotent
    ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 255 } }]
    : [];
  return [...from(endpoint.params, 'path'), ...from(endpoint.query, 'query'), ...idempotency];
}

/** The examples of a call that have this part. */
function examples(endpoint: Endpoint, part: (example: Example) => unknown): Json {
  const named = endpoint.examples.flatMap((example, index) => {
    const value = part(example);
    const { summary } = example;
    return value === undefined ? [] : [[`example${index + 1}`, { summary, value }] as const];
  });
  return named.length > 0 ? { examples: Object.fromEntries(named) } : {};
}

function responses(endpoint: Endpoint): Json {
  const { status, schema } = endpoint.answer;
  const shown = examples(endpoint, ({ answer }) => answer);
  const content = schema && { 'application/json': { schema: jsonSchema(schema, 'output'), ...shown } };
  const byStatus = new Map<number, string[]>();
  for (const code of [...commonErrors, ...endpoint.errors]) {
    byStatus.set(problems[code][0], [...(byStatus.get(problems[code][0]) ?? []), code]);
  }
  const refusals = [...byStatus].map(([refused, codes]) => [
    String(refused),
    {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ]);
  return {
    [String(status)]: { description: 'Success', ...(content && { content }) },
    ...Object.fromEntries(refusals),
  };
}

const security = ({ audience }: Endpoint): Json[] =>
  audience === 'public' || audience === 'stripe' ? [] : [{ token: [] }];

/** The whole contract as an OpenAPI 3.1 document (JSON Schema 2020-12). */
export function openapi(endpoints: Record<string, Endpoint>, serverUrl: string): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of Object.values(endpoints)) {
    const item = paths[endpoint.path] ?? {};
    item[endpoint.method.toLowerCase()] = {
      operationId: endpoint.id,
      summary: endpoint.summary,
      tags: [endpoint.area],
      security: security(endpoint),
      parameters: parameters(endpoint),
      ...(endpoint.body && {
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: jsonSchema(endpoint.body, 'input'),
              ...examples(endpoint, ({ body }) => body),
            },
          },
        },
      }),
      responses: responses(endpoint),
    };
    paths[endpoint.path] = item;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Platform Stripe Connector',
      version: '1.0.0',
      description: 'Sells access to AI widgets through the organisation’s own Stripe account.',
    },
    servers: [{ url: serverUrl }],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}
