import { randomUUID } from 'node:crypto';
import type { BrowserContextOptions } from 'playwright-core';
import { openPage } from './browser.ts';

export const cards = {
  good: '4242424242424242',
  declined: '4000000000000002',
  authentication: '4000002500003155',
};

/** The demonstration page, signed in as somebody new. */
export async function visit(web: string, options: BrowserContextOptions = {}) {
  const page = await openPage(options);
  await page.goto(`${web}/demo?user=user_${randomUUID().slice(0, 8)}`);
  const at = (testid: string) => page.getByTestId(testid);
  const frame = page.frameLocator('[data-testid=payment-element] iframe');
  const bank = page.frameLocator('dialog iframe[title="Bank authentication"]');

  async function ask(question: string): Promise<void> {
    await page.locator('#question').fill(question);
    await page.locator('#send').click();
  }
  async function chooseTier(tierId = 'basic'): Promise<void> {
    await at('access').waitFor();
    await ask('Summarise this week');
    await at(`buy-${tierId}`).click();
    await frame.locator('#number').waitFor();
  }
  async function fillCard(number: string): Promise<void> {
    await frame.locator('#number').fill(number);
    await frame.locator('#expiry').fill('1234');
    await frame.locator('#cvc').fill('123');
  }
  const pay = () => at('pay').click();
  const welcomed = () => at('welcome').waitFor({ timeout: 30_000 });
  async function buy(tierId = 'basic'): Promise<void> {
    await chooseTier(tierId);
    await fillCard(cards.good);
    await pay();
    await welcomed();
  }
  const access = () => at('access').getAttribute('data-access');
  return { page, at, frame, bank, ask, chooseTier, fillCard, pay, welcomed, buy, access };
}
