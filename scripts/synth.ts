import { Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { commandLine } from '../bin/command-line.ts';
import { connectorApp } from '../lib/app.ts';
import { bundleFunctions } from '../lib/bundle.ts';
import { loadConfig } from '../lib/config.ts';

const help = `Bundles the functions and synthesises a stage, offline.

usage: npm run synth -- [--stage local|dev|prod] [--output DIR] [--nag] [--quiet]

  --stage   which configuration             (dev)
  --output  where the cloud assembly goes   (cdk.out)
  --nag     also run cdk-nag's AwsSolutions and fail on an unexplained finding
  --quiet   print nothing but errors
`;
const { values } = commandLine(help, {
  options: {
    stage: { type: 'string', default: 'dev' },
    output: { type: 'string', default: 'cdk.out' },
    nag: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

try {
  await synth();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function synth(): Promise<void> {
  const config = loadConfig(values.stage);
  const say = (line: string) => values.quiet || process.stdout.write(`${line}\n`);
  await bundleFunctions();
  say('Functions are bundled.');
  const { app } = connectorApp(config, { outdir: values.output });
  if (values.nag) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const assembly = app.synth();
  for (const stack of assembly.stacks) {
    say(`${stack.stackName}: ${Object.keys(stack.template.Resources).length} of 500 resources`);
  }
  say(`Synthesised to ${values.output}.`);
}
