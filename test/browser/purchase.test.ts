import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../support/stack.ts';
import { closeBrowser, pictures } from './browser.ts';
import { cards, visit } from './demo-page.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ demo: true });
});
afterAll(async () => {
  await closeBrowser();
  await stack?.stop();
});

test('buying a plan in the conversation opens access, and the page never holds the card', async () => {
  const { page, at, ask, chooseTier, fillCard, pay, welcomed, access } = await visit(stack.web);
  await chooseTier();
  await page.screenshot({ path: `${pictures}/checkout.png` });
  await fillCard(cards.good);
  expect(await page.content()).not.toContain('4242 4242');
  await pay();
  await welcomed();
  expect(await access()).toBe('full');
  expect(await at('tier').textContent()).toBe('Basic');
  expect(await at('credits').textContent()).toContain('200 of 200');
  await ask('Summarise this week');
  await at('answer').waitFor();
  await page.screenshot({ path: `${pictures}/bought.png` });
  expect(page.faults).toEqual([]);
});

test('a declined card is told in Stripe’s words, and a good one buys after it', async () => {
  const { page, at, chooseTier, fillCard, pay, welcomed, access } = await visit(stack.web);
  await chooseTier();
  await fillCard(cards.declined);
  await pay();
  await expect.poll(() => at('checkout-error').textContent()).toBe('Your card was declined.');
  await page.screenshot({ path: `${pictures}/declined.png` });
  expect(await access()).toBe('none');
  await fillCard(cards.good);
  await pay();
  await welcomed();
  expect(await access()).toBe('full');
  expect(page.faults).toEqual([]);
});

test('an incomplete card is named beside its field and nothing is sent', async () => {
  const { at, frame, chooseTier, pay } = await visit(stack.web);
  await chooseTier();
  await pay();
  await expect
    .poll(() => frame.locator('#number-error').textContent())
    .toBe('Your card number is incomplete.');
  expect(await frame.locator('#expiry-error').textContent()).toBe(
    "Your card's expiration date is incomplete.",
  );
  expect(await at('checkout-error').textContent()).toBe('');
  await frame.locator('#number').fill('4242424242424241');
  await expect.poll(() => frame.locator('#number-error').textContent()).toBe('Your card number is invalid.');
});

test('3D Secure is done in place: failed it can be tried again, completed it opens access', async () => {
  const { page, at, bank, chooseTier, fillCard, pay, welcomed, access } = await visit(stack.web);
  await chooseTier();
  await fillCard(cards.authentication);
  await pay();
  await bank.getByRole('button', { name: 'Fail authentication' }).click();
  await expect.poll(() => at('checkout-error').textContent()).toContain('unable to authenticate');
  expect(await access()).toBe('none');
  await pay();
  await bank.getByRole('button', { name: 'Complete authentication' }).waitFor();
  await page.screenshot({ path: `${pictures}/challenge.png` });
  await bank.getByRole('button', { name: 'Complete authentication' }).click();
  await welcomed();
  expect(await access()).toBe('full');
});

test('Escape in the bank’s page refuses the authentication', async () => {
  const { page, at, bank, chooseTier, fillCard, pay } = await visit(stack.web);
  await chooseTier();
  await fillCard(cards.authentication);
  await pay();
  await bank.getByRole('button', { name: 'Complete authentication' }).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => at('checkout-error').textContent()).toContain('unable to authenticate');
});

test('a cancelled plan says when it ends and can be resumed', async () => {
  const { page, at, buy, access } = await visit(stack.web);
  await buy('professional');
  await at('cancel').click();
  await at('cancel-confirm').click();
  await at('ends-on').waitFor();
  expect(await at('ends-on').textContent()).toMatch(/^Your plan ends on \w+ \d+, \d{4}\.$/);
  expect(await access()).toBe('full');
  await page.screenshot({ path: `${pictures}/cancelled.png` });
  await at('resume').click();
  await at('cancel').waitFor();
  expect(await at('ends-on').count()).toBe(0);
  expect(page.faults).toEqual([]);
});

test('a plan is bought with the keyboard alone', async () => {
  const { page, at, frame, welcomed, access } = await visit(stack.web);
  const { keyboard } = page;
  await at('access').waitFor();
  for (let presses = 0; presses < 20; presses++) {
    if (await page.locator('#question').evaluate((element) => element === document.activeElement)) break;
    await keyboard.press('Tab');
  }
  await keyboard.type('Draft a reply to Sam');
  await keyboard.press('Enter');
  // The first plan's button has the focus when the plans appear.
  await at('buy-basic').waitFor();
  await keyboard.press('Enter');
  // And the card number when the form is ready; each full field goes on to the next.
  await expect.poll(() => frame.locator('#number:focus').count()).toBe(1);
  await keyboard.type(cards.good);
  await keyboard.type('1234');
  await keyboard.type('123');
  await keyboard.press('Enter');
  await welcomed();
  expect(await access()).toBe('full');
});

test('while Stripe’s webhook is late the page waits and sells nothing', async () => {
  const { at, ask, chooseTier, fillCard, pay, welcomed, access } = await visit(stack.web);
  const webhooks = (what: 'pause' | 'resume') =>
    fetch(`${stack.stripe}/_/webhooks/${what}`, { method: 'POST' }).then(({ ok }) => expect(ok).toBe(true));
  await chooseTier();
  await fillCard(cards.good);
  await webhooks('pause');
  try {
    await pay();
    await at('activating').waitFor();
    await ask('Draft a reply to Sam');
    await at('answer').waitFor();
    await at('plans').click();
    expect(await at('answer').textContent()).toContain('being activated');
    expect(await at('upgrade').count()).toBe(0);
    expect(await at('checkout').count()).toBe(0);
    expect(await access()).toBe('none');
  } finally {
    await webhooks('resume');
  }
  await welcomed();
  expect(await access()).toBe('full');
});

test('somebody who goes back to the plans can buy another one, also after a reload', async () => {
  const { page, at, frame, chooseTier, fillCard, pay, welcomed } = await visit(stack.web);
  await chooseTier('basic');
  await at('back').click();
  await at('buy-professional').click();
  await frame.locator('#number').waitFor();
  await page.reload();
  await chooseTier('professional');
  await fillCard(cards.good);
  await pay();
  await welcomed();
  expect(await at('tier').textContent()).toBe('Professional');
});

test('without a connection the panel says so and can be asked again', async () => {
  const { page, at } = await visit(stack.web);
  await at('access').waitFor();
  await page.route('**/stripe/access', (route) => route.abort());
  await page.reload();
  await at('retry').waitFor();
  expect(await at('panel-error').textContent()).toContain('connection failed');
  await page.unroute('**/stripe/access');
  await at('retry').click();
  await at('access').waitFor();
});

test('a month later the plan is renewed, and a cancelled one has ended', async () => {
  const { page, at, buy, access } = await visit(stack.web);
  await buy();
  const first = await at('period-end').textContent();
  const advance = async () => {
    await page.locator('#advance').click();
    await expect
      .poll(() => page.locator('#advance').textContent(), { timeout: 30_000 })
      .toBe('Advance 1 month');
  };
  await advance();
  expect(await at('period-end').textContent()).not.toBe(first);
  expect(await access()).toBe('full');
  await at('cancel').click();
  await at('cancel-confirm').click();
  await at('ends-on').waitFor();
  await advance();
  expect(await access()).toBe('none');
  expect(page.faults).toEqual([]);
});

test('the bank’s page also stands alone, and returns to where it was asked from', async () => {
  const { page, bank, chooseTier, fillCard, pay } = await visit(stack.web);
  await chooseTier();
  await fillCard(cards.authentication);
  const confirmed = page.waitForResponse((response) => /\/confirm$/.test(response.url()));
  await pay();
  const intent: { next_action: { redirect_to_url: { url: string } } } = await (await confirmed).json();
  await bank.getByRole('button', { name: 'Complete authentication' }).waitFor();
  await page.goto(intent.next_action.redirect_to_url.url);
  await page.getByRole('button', { name: 'Complete authentication' }).click();
  await page.waitForURL((url) => url.searchParams.get('redirect_status') === 'succeeded');
  expect(page.url().startsWith(`${stack.web}/demo?`)).toBe(true);
});
