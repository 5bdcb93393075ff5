import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { sendJson, sendText } from '../core/http.ts';
import type { Store } from '../core/store.ts';
import { detail, endpoints, events, find, kinds, objects, overview, requests } from './data.ts';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

async function bundled() {
  const { outputFiles } = await build({
    entryPoints: [file('./page/main.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

let script: Promise<string> | undefined;

async function asset(response: ServerResponse, name: string) {
  if (name === '' || name === '/')
    return sendText(
      response,
      200,
      'text/html; charset=utf-8',
      await readFile(file('./page/inspector.html'), 'utf8'),
    );
  if (name === '/inspector.css')
    return sendText(
      response,
      200,
      'text/css; charset=utf-8',
      await readFile(file('./page/inspector.css'), 'utf8'),
    );
  if (name === '/inspector.js') {
    script ??= bundled();
    return sendText(response, 200, 'text/javascript; charset=utf-8', await script);
  }
  return sendText(response, 404, 'text/plain', 'Not found');
}

export interface Inspected {
  store: Store;
  /** Epoch seconds. */
  now: number;
  /** The stack's control API, when there is one. */
  control: string | null;
}

/** The pages under `/_/inspector` and what they ask for. */
export async function inspect({ store, now, control }: Inspected, response: ServerResponse, url: URL) {
  const name = url.pathname.slice('/_/inspector'.length);
  const asked = (key: string) => url.searchParams.get(key) ?? '';
  const scope = asked('scope');
  const before = Number(asked('before') || Number.MAX_SAFE_INTEGER);
  const answers: Record<string, () => unknown> = {
    overview: () => overview(store, control),
    kinds: () => kinds(store, scope),
    objects: () => objects(store, scope, asked('kind'), before),
    events: () => events(store, scope, before, now),
    requests: () => requests(store, scope, before),
    webhooks: () => endpoints(store, scope),
    find: () => find(store, asked('id')),
    detail: () => detail(store, scope, asked('id')),
  };
  if (!name.startsWith('/data/')) return asset(response, name);
  const answer = answers[name.slice('/data/'.length)]?.();
  if (answer === undefined) return sendJson(response, 404, { error: `There is no ${asked('id') || name}.` });
  return sendJson(response, 200, answer);
}
