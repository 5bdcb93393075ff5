import type { IncomingMessage, ServerResponse } from 'node:http';

const bodies = new WeakMap<IncomingMessage, string>();

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  bodies.set(request, body);
  return body;
}

/** The body of a request, once it was read. */
export function bodyRead(request: IncomingMessage): string | undefined {
  return bodies.get(request);
}

export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  sendText(
    response,
    status,
    'application/json',
    typeof body === 'string' ? body : JSON.stringify(body, null, 2),
    headers,
  );
}
