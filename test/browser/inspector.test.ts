import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, startStripe } from '../../local/stripe/emulator.ts';
import { client, receiver, scratch } from '../stripe/start.ts';
import { closeBrowser, openPage, pictures } from './browser.ts';

let running: Running;
beforeAll(async () => {
  running = await startStripe({ dataDir: scratch() });
});
afterAll(async () => {
  await closeBrowser();
  await running?.stop();
});

test('the inspector shows accounts, objects, requests and events, sends a failed delivery again and moves the time (docs/local.md)', async () => {
  const stripe = client(running.port);
  const hook = await receiver();
  hook.state.status = 500;
  const endpoint = await stripe.webhookEndpoints.create({
    url: hook.url,
    enabled_events: ['customer.created'],
  });
  const customer = await stripe.customers.create({ name: 'Ada Lovelace' });
  await expect.poll(() => hook.received.length).toBe(1);

  const page = await openPage({ colorScheme: 'dark' });
  await page.goto(`${running.url}/_/inspector`);
  await expect.poll(() => page.getByLabel('Account').inputValue()).toBe('acct_platform');
  await page.getByRole('link', { name: /^customer \(1\)/ }).click();
  await page.getByRole('link', { name: customer.id }).click();
  const detail = page.getByRole('region', { name: 'Details' });
  await detail.getByText('"name": "Ada Lovelace"').waitFor();

  await page.getByRole('link', { name: 'Requests' }).click();
  await page.getByRole('link', { name: 'POST /v1/customers' }).click();
  await detail.getByText('name=Ada%20Lovelace').waitFor();

  await page.getByRole('link', { name: 'Events' }).click();
  await page.getByRole('link', { name: 'customer.created' }).click();
  await detail.getByText('waiting').waitFor();
  await detail.getByRole('cell', { name: '500' }).waitFor();
  hook.state.status = 200;
  await detail.getByRole('button', { name: 'Resend' }).click();
  await detail.getByText('delivered').waitFor();
  expect(hook.received.length).toBeGreaterThan(1);
  await page.screenshot({ path: `${pictures}/inspector.png`, fullPage: true });
  // An id is a link to what it names; the keyboard is enough to look for one.
  await detail.getByRole('link', { name: customer.id }).first().click();
  await detail.getByRole('heading', { name: `customer ${customer.id}` }).waitFor();
  await page.getByLabel('Find by id').fill(endpoint.id);
  await page.keyboard.press('Enter');
  await detail.getByRole('heading', { name: `webhook_endpoint ${endpoint.id}` }).waitFor();

  const before = Date.parse(`${await page.locator('#now').textContent()}Z`);
  await page.getByRole('button', { name: '+1 month' }).click();
  const moved = async () => Date.parse(`${await page.locator('#now').textContent()}Z`) - before;
  await expect.poll(moved).toBeGreaterThan(27 * 86_400_000);

  expect(page.faults).toEqual([]);
  await page.getByLabel('Find by id').fill('cus_nobody00');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('There is no cus_nobody00.').waitFor();
  await page.getByLabel('Mode').selectOption('live');
  await page.getByText('There are no objects here yet.').waitFor();
});
