import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { StartError } from './assembly.ts';
import type { Json } from './json.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A loopback server; `url` has no trailing slash. A handler that throws answers 500 and is reported. */
export type Listening = { url: string; port: number; server: Server; close: () => Promise<void> };

export async function listen(handler: Handler, port: number): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    handler(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) send(response, 500, { message: String(error) });
      else response.destroy();
    });
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StartError(`Port ${port} cannot be opened: ${error.message}.`)),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = address !== null && typeof address === 'object' ? address.port : port;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${bound}`, port: bound, server, close };
}

/** The whole body, or undefined as soon as it exceeds `limit` bytes. */
export async function readBody(
  request: IncomingMessage,
  limit = Number.POSITIVE_INFINITY,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}

export function send(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Record<string, string | string[]> = {},
): void {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(payload);
}
