import { mkdirSync } from 'node:fs';
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, chromium as driver, type Page } from 'playwright-core';

// Unpacks the browser's own libraries too, so that a machine without them can run it.
process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x';

export const pictures = 'test-results';
let launched: Promise<Browser> | undefined;

async function launch(): Promise<Browser> {
  mkdirSync(pictures, { recursive: true });
  const own = process.env.CHROMIUM_PATH;
  return driver.launch({
    executablePath: own ?? (await chromium.executablePath()),
    args: own ? ['--no-sandbox'] : chromium.args.filter((one) => one !== '--single-process'),
    headless: true,
  });
}

/** A page of its own profile; what goes wrong in it is collected. */
export async function openPage(options: BrowserContextOptions = {}): Promise<Page & { faults: string[] }> {
  launched ??= launch();
  const browser = await launched;
  const context = await browser.newContext({ locale: 'en-US', ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // A declined card is a 402 answer, which the browser reports as an error by itself.
    if (message.type() === 'error' && !message.text().includes('402')) faults.push(message.text());
  });
  return Object.assign(page, { faults });
}

export async function closeBrowser(): Promise<void> {
  await (await launched)?.close();
  launched = undefined;
}
