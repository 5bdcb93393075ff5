import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Endpoints, readEndpoints, stripeScriptOf } from './endpoints.ts';
import { startPage } from './start/start-page.ts';

type Asset = { body: string; contentType: string };

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const read = (name: string): Promise<string> => readFile(file(name), 'utf8');

async function demoScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file('./demo/main.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}

async function loadAssets(endpoints: Endpoints): Promise<Map<string, Asset>> {
  const html = (body: string): Asset => ({ body, contentType: 'text/html; charset=utf-8' });
  const css = (body: string): Asset => ({ body, contentType: 'text/css; charset=utf-8' });
  const config = { ...endpoints, stripeScript: stripeScriptOf(endpoints.stripe) };
  return new Map([
    ['/', html(startPage(endpoints))],
    ['/demo', html(await read('./demo/demo.html'))],
    ['/demo.css', css((await read('./theme.css')) + (await read('./demo/demo.css')))],
    ['/start.css', css((await read('./theme.css')) + (await read('./start/start.css')))],
    ['/demo.js', { body: await demoScript(), contentType: 'text/javascript; charset=utf-8' }],
    ['/config.json', { body: JSON.stringify(config), contentType: 'application/json' }],
    ['/icon.svg', { body: await read('./icon.svg'), contentType: 'image/svg+xml' }],
  ]);
}

function headersFor({ api, stripe, control }: Endpoints): Record<string, string> {
  const script = new URL(stripeScriptOf(stripe)).origin;
  return {
    'content-security-policy': [
      "default-src 'none'",
      `script-src 'self' ${script}`,
      `connect-src 'self' ${api} ${stripe} ${control}`,
      `frame-src ${script} https://hooks.stripe.com`,
      "style-src 'self'",
      "img-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
}

async function main(): Promise<void> {
  if (process.env.EXIT_WITH_PARENT === '1') process.stdin.resume().on('end', () => process.exit(0));
  const port = Number(process.env.WEB_PORT ?? 4010);
  const endpoints = readEndpoints();
  const assets = await loadAssets(endpoints);
  const headers = headersFor(endpoints);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', endpoints.web);
    const asset = request.method === 'GET' || request.method === 'HEAD' ? assets.get(pathname) : undefined;
    const { body, contentType } = asset ?? { body: 'Not found\n', contentType: 'text/plain' };
    response.writeHead(asset ? 200 : 404, { ...headers, 'content-type': contentType });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    const taken = error.code === 'EADDRINUSE';
    console.error(taken ? `Port ${port} is taken: set WEB_PORT to another one.` : error.message);
    process.exit(1);
  });
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    const bound = typeof address === 'object' && address ? address.port : port;
    console.log(JSON.stringify({ ready: true, port: bound }));
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
}

await main();
