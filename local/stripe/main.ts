import { parseArgs } from 'node:util';
import { startStripe } from './emulator.ts';

const help = `The Stripe emulator: Stripe's API on one machine, for development and tests.

usage: node local/stripe/main.ts [--seed text] [--help]

  --seed             what ids and secrets are made from: same seed, same calls, same ids

environment
  STRIPE_PORT        port on 127.0.0.1 (default 4242, 0 picks a free one)
  DATA_DIR           where stripe.sqlite is kept (default .local)
  CLOCK_OFFSET_MS    milliseconds ahead of real time (default: as it was left)
  STRIPE_SEED        as --seed (default: as it was, else a random one)
  LOCAL_CONTROL_URL  the control API that owns the clock, when the emulator is part of a stack
  EXIT_WITH_PARENT   1 ends the program when its standard input closes

Prints {"ready":true,"port":N} when it answers.
`;

if (process.argv.includes('--help')) {
  process.stdout.write(help);
} else {
  const { STRIPE_PORT = '4242', DATA_DIR = '.local', CLOCK_OFFSET_MS, EXIT_WITH_PARENT } = process.env;
  const { values } = parseArgs({ options: { seed: { type: 'string' } } });
  const seed = values.seed ?? process.env.STRIPE_SEED;
  const clockOffset =
    CLOCK_OFFSET_MS === undefined || CLOCK_OFFSET_MS === '' ? undefined : Number(CLOCK_OFFSET_MS);
  const running = await startStripe({
    dataDir: DATA_DIR,
    port: Number(STRIPE_PORT),
    ...(clockOffset !== undefined && { clockOffset }),
    ...(seed && { seed }),
  });
  const stop = () => running.stop().finally(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (EXIT_WITH_PARENT === '1') {
    process.stdin.once('end', stop);
    process.stdin.resume();
  }
  console.log(JSON.stringify({ ready: true, port: running.port }));
}
