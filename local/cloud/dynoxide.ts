import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from './assembly.ts';
import { type Json, type JsonObject, object, parseJson } from './json.ts';

/** The engine behind the DynamoDB endpoint. */
export type DynamoEngine = { url: string; stop: () => Promise<void> };

const givenOut = new Set<number>();

/** A port nobody listens on just now, and that was not given out before: who asked may not listen there yet. */
export async function freePort(): Promise<number> {
  const port = await unboundPort();
  if (givenOut.has(port)) return freePort();
  givenOut.add(port);
  return port;
}

function unboundPort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

function program(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@dynoxide/${process.platform}-${process.arch}/package.json`,
    );
    return join(dirname(manifest), 'dynoxide');
  } catch {
    const onPath = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'dynoxide'));
    const found = onPath.find((candidate) => existsSync(candidate));
    if (found) return found;
    throw new StartError(
      'No DynamoDB engine for this platform: set DYNAMODB_ENDPOINT to a running DynamoDB Local or put a dynoxide binary on PATH.',
    );
  }
}

/**
 * The engine does not notice when its parent is killed. This shell does, because its standard input then ends,
 * and takes the engine with it.
 */
const guard = '"$0" "$@" & engine=$!; cat >/dev/null; kill "$engine"; wait "$engine"';

async function answers(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + 10_000;
  while (Date.now() < until) {
    if (child.exitCode !== null) break;
    try {
      await fetch(url, { method: 'GET' });
      return;
    } catch {
      await new Promise((again) => setTimeout(again, 10));
    }
  }
  throw new StartError(
    'The DynamoDB engine did not start; its log is logs/dynoxide.log in the data directory.',
  );
}

/**
 * With every write the engine looks for the stream's last sequence number, and with every read of the stream for where
 * it stopped: without an index through all records there ever were, so that a long session would become slower
 * with each write.
 */
function indexStream(database: string): void {
  const store = new DatabaseSync(database, { timeout: 5_000 });
  store.exec(
    'CREATE INDEX IF NOT EXISTS stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
  );
  store.close();
}

export async function startDynamoEngine(dataDirectory: string): Promise<DynamoEngine> {
  const given = process.env.DYNAMODB_ENDPOINT;
  if (given) return { url: given.replace(/\/$/, ''), stop: async () => undefined };
  const directory = resolve(dataDirectory);
  mkdirSync(join(directory, 'logs'), { recursive: true });
  const database = join(directory, 'dynamodb.sqlite');
  const port = await freePort();
  const log = openSync(join(directory, 'logs/dynoxide.log'), 'a');
  const child = spawn(
    '/bin/sh',
    ['-c', guard, program(), 'serve', '--port', String(port), '--db-path', database],
    {
      stdio: ['pipe', log, log],
      // A group of its own: Ctrl-C speaks to the launcher, which decides the order of ends.
      detached: true,
    },
  );
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(url, child);
  indexStream(database);
  const stop = async () => {
    child.stdin?.end();
    await ended;
  };
  return { url, stop };
}

const headers = (operation: string, service = 'DynamoDB_20120810') => ({
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': `${service}.${operation}`,
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
});

/** One call of the engine, unchecked and unmetered. `text` is the answer as it came. */
export async function callEngine(
  url: string,
  operation: string,
  body: string,
  signal?: AbortSignal,
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: headers(operation),
    body,
    signal: signal ?? null,
  });
  return { status: response.status, text: await response.text() };
}

/** The same for our own use: answers the document, or throws with the engine's words. */
export async function askEngine(url: string, operation: string, input: JsonObject): Promise<JsonObject> {
  const { status, text } = await callEngine(url, operation, JSON.stringify(input));
  const answer: Json = parseJson(text) ?? {};
  if (status >= 400) throw new Error(`${operation}: ${text}`);
  return object(answer);
}

/** A call of the engine's streams, likewise. */
export async function askStreams(url: string, operation: string, input: JsonObject): Promise<JsonObject> {
  const response = await fetch(url, {
    method: 'POST',
    headers: headers(operation, 'DynamoDBStreams_20120810'),
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${operation}: ${text}`);
  return object(parseJson(text) ?? {});
}
