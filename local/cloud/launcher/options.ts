import { StartError } from '../assembly.ts';

export const help = `Usage: npm start -- [--reset] [--no-demo]

Runs the whole product on this machine: bundles, synthesises, and runs the synthesised stacks.

  --reset     empty state first
  --no-demo   no demonstration data
  --help      this text

Environment: PORT (4000), STRIPE_PORT (4242), WEB_PORT (4010), CONTROL_PORT (4020): 0 picks a free port.
DATA_DIR (.local), DYNAMODB_ENDPOINT (a running DynamoDB Local), LOCAL_LAMBDA_CONCURRENCY (4),
STRIPE_SECRET_KEY (sk_test_...: Stripe's own sandbox instead of the emulator).
`;

export type Options = { reset: boolean; demo: boolean; help: boolean };

export function readOptions(given: string[]): Options {
  const unknown = given.find((option) => !['--reset', '--no-demo', '--help', '-h'].includes(option));
  if (unknown !== undefined)
    throw new StartError(`Unknown option ${unknown}: --reset, --no-demo and --help are known.`);
  return {
    reset: given.includes('--reset'),
    demo: !given.includes('--no-demo'),
    help: given.includes('--help') || given.includes('-h'),
  };
}
