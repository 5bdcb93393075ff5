import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { hostedCss } from './hosted-pages.ts';
import { challengeCss, challengePage, paymentCss, paymentPage } from './pages.ts';

type Asset = { body: string; contentType: string };

const html = (body: string): Asset => ({ body, contentType: 'text/html; charset=utf-8' });
const css = (body: string): Asset => ({ body, contentType: 'text/css; charset=utf-8' });

async function bundle(entry: string): Promise<Asset> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return { body: outputFiles[0]?.text ?? '', contentType: 'text/javascript; charset=utf-8' };
}

const pages: Record<string, Asset> = {
  '/elements/payment.html': html(paymentPage),
  '/elements/payment.css': css(paymentCss),
  '/elements/challenge.css': css(challengeCss),
  '/elements/checkout.css': css(hostedCss),
  '/elements/portal.css': css(hostedCss),
};

const scripts: Record<string, string> = {
  '/js/stripe.js': './page/stripe.ts',
  '/v3/': './page/stripe.ts',
  '/elements/payment.js': './frame/payment.ts',
  '/elements/challenge.js': './frame/challenge.ts',
  '/elements/checkout.js': './hosted/checkout.ts',
  '/elements/portal.js': './hosted/portal.ts',
};

const bundles = new Map<string, Promise<Asset>>();

/** What a browser asks the emulator for; scripts are bundled when first wanted. */
export async function browserAsset(pathname: string): Promise<Asset | undefined> {
  const page = pages[pathname];
  if (page) return page;
  if (/^\/3ds\/(challenge\.html|(pi|seti)_\w+)$/.test(pathname)) return html(challengePage);
  const entry = scripts[pathname];
  if (!entry) return undefined;
  const made = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, made);
  return made;
}
