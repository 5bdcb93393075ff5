import { commandLine } from '../bin/command-line.ts';
import { run } from './command.ts';

const help = `Lets organisations and people act at random while everything that can go wrong does, and checks that nothing was lost,
done twice or invented. A seed is the same run each time; one that fails says how to run it again.

usage: npm run simulate -- [OPTION ...]

options
  --seconds N   tries seeds for so long        [60]
  --from N      the first seed                 [1]
  --seed N      this seed only
  --trace       prints everything that happened in it
  --orders      instead: all 5040 orders of the seven events of a life, about five minutes
  --help        this
`;

const { values: options } = commandLine(help, {
  options: {
    seconds: { type: 'string', default: '60' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    orders: { type: 'boolean', default: false },
  },
});

const wrong = (['seconds', 'from', 'seed'] as const).find(
  (name) => options[name] !== undefined && !/^\d+$/.test(options[name]),
);
if (wrong) {
  process.stderr.write(`--${wrong}: "${options[wrong]}" is no whole number.\n`);
  process.exitCode = 1;
} else {
  const env = {
    SIMULATE_SECONDS: options.seconds,
    SIMULATE_FROM: options.from,
    ...(options.seed && { SIMULATE_SEED: options.seed }),
    ...(options.trace && { SIMULATE_TRACE: '1' }),
    SIMULATE_ORDERS: 'all',
  };
  const file = `test/simulation/${options.orders ? 'orders' : 'simulation'}.test.ts`;
  process.exitCode = await run(
    'node_modules/vitest/vitest.mjs',
    ['run', '--project', 'simulation', file],
    env,
  );
}
