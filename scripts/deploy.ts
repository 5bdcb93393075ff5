import { run } from './command.ts';

const help = `Deploys a stage with the AWS credentials of the environment, then makes or updates its webhook endpoints in Stripe
(bin/setup-stripe.ts; the first time it needs Stripe's keys in the environment: docs/deploy.md).

usage: npm run deploy -- [--stage dev|prod] [further options of cdk deploy]
       npm run deploy -- [--stage dev|prod] --destroy [further options of cdk destroy]

--destroy takes the stage's own endpoints away in Stripe first, and never those of others.
`;

const args = process.argv.slice(2);
const at = args.indexOf('--stage');
const stage = at === -1 ? 'dev' : (args.splice(at, 2)[1] ?? '');
const destroys = args.includes('--destroy');

if (args.includes('--help')) process.stdout.write(help);
else if (stage !== 'dev' && stage !== 'prod') {
  process.stderr.write(`--stage must be dev or prod, not "${stage}".\n`);
  process.exitCode = 1;
} else process.exitCode = destroys ? await destroy() : await deploy();

function cdk(command: string, ...more: string[]): Promise<number> {
  const offline = { STAGE: stage, CDK_DISABLE_CLI_TELEMETRY: 'true' };
  const given = args.filter((arg) => arg !== '--destroy');
  return run('node_modules/aws-cdk/bin/cdk', [command, '--all', '--no-notices', ...more, ...given], offline);
}

const outputs = (): string[] => ['--outputs', `cdk-outputs.${stage}.json`];

async function deploy(): Promise<number> {
  const code = await cdk('deploy', '--outputs-file', `cdk-outputs.${stage}.json`);
  return code === 0 ? run('bin/setup-stripe.ts', outputs()) : code;
}

async function destroy(): Promise<number> {
  const code = await run('bin/setup-stripe.ts', ['--remove', ...outputs()]);
  return code === 0 ? cdk('destroy') : code;
}
