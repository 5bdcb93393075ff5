import { run } from './command.ts';

const help = `Deploys a stage with the AWS credentials of the environment.

usage: npm run deploy -- [--stage dev|prod] [further options of cdk deploy]

Afterwards store the Stripe keys and make the webhook endpoints: docs/deploy.md.
`;

const args = process.argv.slice(2);
const at = args.indexOf('--stage');
const stage = at === -1 ? 'dev' : (args.splice(at, 2)[1] ?? '');
if (args.includes('--help')) process.stdout.write(help);
else if (stage !== 'dev' && stage !== 'prod') {
  process.stderr.write(`--stage must be dev or prod, not "${stage}".\n`);
  process.exitCode = 1;
} else {
  const offline = { STAGE: stage, CDK_DISABLE_CLI_TELEMETRY: 'true' };
  process.exitCode = await run(
    'node_modules/aws-cdk/bin/cdk',
    ['deploy', '--all', '--no-notices', '--outputs-file', `cdk-outputs.${stage}.json`, ...args],
    offline,
  );
}
