import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Intake, intakeOf } from '../support/intake.ts';
import { openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** R10.2, P2: what a consumer cannot do is kept with its reason, and is settled by command. */
let stack: Stack;
let shop: Shop;
let intake: Intake;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  intake = await intakeOf(stack);
});
afterAll(() => stack?.stop());

const run = promisify(execFile);
const aws = () => ({
  AWS_ENDPOINT_URL: stack.aws,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'LOCALOPERATOR',
  AWS_SECRET_ACCESS_KEY: 'x',
});
const command = async (...args: string[]): Promise<string> =>
  (
    await run(process.execPath, ['--disable-warning=ExperimentalWarning', 'bin/dead-letters.ts', ...args], {
      env: { ...process.env, ...aws() },
    })
  ).stdout;
type Row = { queue: string; messages: number; reasons: Record<string, number> };
/** Of one consumer: others take the same events, and fail of the same. */
const listed = async (): Promise<Row[]> =>
  (JSON.parse(await command('list', '--json')) as Row[]).filter(
    ({ queue, messages }) => queue.includes('RecordPaymentDeadLetters') && messages > 0,
  );
test('what can never be read goes to the dead letters at once, with the fields that were wrong and no values', async () => {
  const purchase = await shop.person();
  await intake.pause();
  const { body } = await purchase.create();
  await shop.confirm(body.clientSecret);
  const [event] = (await intake.eventsOf(shop, body.subscription.id)).filter(
    ({ type }) => type === 'invoice.payment_succeeded',
  );
  if (!event) throw new Error('no invoice event');
  const broken = structuredClone(event) as unknown as {
    id: string;
    data: { object: Record<string, unknown> };
  };
  broken.id = 'evt_broken';
  broken.data.object.amount_paid = 'secret-value';
  expect((await intake.send(broken as never)).status).toBe(200);
  await shop.control.settle();
  const [row] = await listed();
  expect(row).toMatchObject({
    messages: 1,
    reasons: { 'Permanent: unreadable: amount_paid invalid_type': 1 },
  });
  const [letter] = JSON.parse(await command('inspect', 'RecordPaymentDeadLetters', '--json'));
  expect(letter).toMatchObject({
    type: 'invoice.payment_succeeded',
    id: 'evt_broken',
    account: shop.account,
    attempts: 1,
    permanent: true,
  });
  expect(JSON.stringify(letter)).not.toContain('secret-value');

  const keep = join(stack.dataDir, 'kept.jsonl');
  expect(await command('discard', 'RecordPaymentDeadLetters', '--dry-run')).toContain('would discard 1 of 1');
  await expect(command('discard', 'RecordPaymentDeadLetters')).rejects.toThrow('--yes');
  expect(await listed()).toHaveLength(1);
  await command('discard', 'RecordPaymentDeadLetters', '--yes', '--keep', keep);
  expect(await listed()).toEqual([]);
  expect(JSON.parse(readFileSync(keep, 'utf8'))).toMatchObject({
    body: expect.stringContaining('evt_broken'),
  });
  rmSync(keep);
  await intake.resume();
  await shop.control.settle();
});

test('trouble that passes is tried again with growing pauses, then waits with its reason; a redrive settles it', async () => {
  const outage = {
    target: 'dynamodb',
    operation: 'TransactWriteItems',
    kind: 'error',
    rate: 1,
    function: 'RecordPayment',
  };
  await shop.control.faults([outage]);
  const ada = await shop.person();
  await shop.confirm((await ada.create()).body.clientSecret);
  await shop.control.advance('PT30M');
  const [row] = await listed();
  expect(row?.reasons).toEqual({ 'InternalServerError: Injected error': 1 });
  const [letter] = JSON.parse(await command('inspect', 'RecordPaymentDeadLetters', '--json'));
  expect(letter).toMatchObject({ attempts: 5, permanent: false, account: shop.account });
  await shop.control.faults([]);
  expect(await command('redrive', '--all', '--dry-run')).toContain('would redrive 1 of 1');
  expect(await command('redrive', '--all', '--reason', 'something else')).toContain('redrive: 0 of 1');
  expect(await command('redrive', '--all')).toContain('redrive: 1 of 1');
  await shop.control.settle();
  expect(await listed()).toEqual([]);
  expect((await ada.access()).credits.balance).toBe(200);
});

test('a function that dies leaves no reason, and loses nothing', async () => {
  await shop.control.faults([
    {
      target: 'dynamodb',
      operation: 'BatchGetItem',
      kind: 'crashBefore',
      rate: 1,
      function: 'RecordPayment',
    },
  ]);
  const ben = await shop.person();
  await shop.confirm((await ben.create()).body.clientSecret);
  await shop.control.advance('PT30M');
  await shop.control.faults([]);
  expect((await listed())[0]?.reasons).toEqual({ 'no answer (crash or timeout)': 1 });
  await command('redrive', 'RecordPaymentDeadLetters');
  await shop.control.settle();
  expect((await ben.access()).credits.balance).toBe(200);
});

test('help, and a command that is none', async () => {
  expect(await command('--help')).toContain('usage: npm run dead-letters');
  await expect(command('lose', 'everything')).rejects.toThrow('is no command');
  await expect(command('inspect', 'Nothing')).rejects.toThrow('No dead-letter queue is called Nothing');
});
