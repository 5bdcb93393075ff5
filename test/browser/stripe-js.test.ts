import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, stripeOf } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { closeBrowser, openPage } from './browser.ts';

type Answer = { setupIntent?: { id: string; status: string }; error?: { code: string } };
type Surface = {
  confirmSetup(options: object): Promise<Answer>;
  retrieveSetupIntent(secret: string): Promise<Answer>;
  elements(options: object): { create(type: string): { mount(at: HTMLElement): void } };
};

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await closeBrowser();
  await stack?.stop();
});

/** A page with Stripe’s script, an account to act on and a card form for a new SetupIntent. */
async function saving() {
  const { account } = await openShop(stack);
  const intent = await stripeOf(stack).setupIntents.create(
    { usage: 'off_session' },
    { stripeAccount: account },
  );
  const page = await openPage();
  await page.goto(stack.web);
  await page.addScriptTag({ url: `${stack.stripe}/js/stripe.js` });
  await page.evaluate(
    ([secret, stripeAccount]) => {
      const make: (key: string, options: object) => Surface = Reflect.get(window as object, 'Stripe');
      const stripe = make('pk_test_local', { stripeAccount });
      const elements = stripe.elements({ clientSecret: secret });
      elements.create('payment').mount(document.body);
      const confirmParams = { return_url: location.href };
      Object.assign(window, {
        stripe,
        save: () => stripe.confirmSetup({ elements, confirmParams, redirect: 'if_required' }),
      });
    },
    [intent.client_secret ?? '', account],
  );
  const frame = page.frameLocator('iframe[title="Secure payment input frame"]');
  const save = async (number: string) => {
    await frame.locator('#number').fill(number);
    await frame.locator('#expiry').fill('1234');
    await frame.locator('#cvc').fill('123');
    return page.evaluate((): Promise<Answer> => Reflect.get(window, 'save')());
  };
  const read = () =>
    page.evaluate(
      (secret) => (Reflect.get(window, 'stripe') as Surface).retrieveSetupIntent(secret),
      intent.client_secret ?? '',
    );
  const bank = page.frameLocator('dialog iframe');
  return { intent, save, read, bank };
}

test('a card is saved with confirmSetup and the intent can be read with its client secret', async () => {
  const { intent, save, read } = await saving();
  expect((await save('4242424242424242')).setupIntent).toMatchObject({ id: intent.id, status: 'succeeded' });
  expect((await read()).setupIntent?.status).toBe('succeeded');
});

test('saving a card can ask for authentication, and a refusal is an error with the intent in it', async () => {
  const { intent, save, bank } = await saving();
  const refused = save('4000002500003155');
  await bank.getByRole('button', { name: 'Fail authentication' }).click();
  expect((await refused).error).toMatchObject({
    code: 'setup_intent_authentication_failure',
    setup_intent: { id: intent.id, status: 'requires_payment_method' },
  });
  const saved = save('4000002500003155');
  await bank.getByRole('button', { name: 'Complete authentication' }).click();
  expect((await saved).setupIntent?.status).toBe('succeeded');
});

test('a wrong number is refused in the frame before anything is sent', async () => {
  const { save } = await saving();
  expect((await save('4242424242424241')).error?.code).toBe('invalid_number');
});
