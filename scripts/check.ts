import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { connectorApp } from '../lib/app.ts';
import { bundleDirectory, bundleFunctions } from '../lib/bundle.ts';
import { loadConfig } from '../lib/config.ts';
import { biome } from './biome.ts';
import { run } from './command.ts';

const help = `Checks everything that needs no test: types, lint and format, import directions, cdk-nag on every stage with the
number of resources of each stack, and the bundles' budget.

usage: npm run check
`;

/** CloudFormation's limit. */
const resourceLimit = 500;
/** design.md, "Numbers to hold": minified, per function. */
const bundleBudget = 450_000;

async function step(name: string, work: () => Promise<boolean>): Promise<boolean> {
  const began = Date.now();
  process.stdout.write(`\n— ${name}\n`);
  const passed = await work().catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return false;
  });
  process.stdout.write(
    `${passed ? 'passed' : 'FAILED'}: ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`,
  );
  return passed;
}

const program =
  (file: string, ...args: string[]) =>
  async () =>
    (await run(`node_modules/${file}`, args)) === 0;

async function bundles(): Promise<boolean> {
  await bundleFunctions();
  const sizes = readdirSync(bundleDirectory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('index.js'))
    .map((file) => ({ file, size: statSync(join(bundleDirectory, file)).size }))
    .sort((a, b) => b.size - a.size);
  for (const { file, size } of sizes.slice(0, 3))
    process.stdout.write(`${(size / 1000).toFixed(0)} kB  ${file}\n`);
  return sizes.every(({ size }) => size <= bundleBudget);
}

async function stage(name: string): Promise<boolean> {
  const outdir = mkdtempSync(join(tmpdir(), 'connector-synth-'));
  try {
    const { app } = connectorApp(loadConfig(name), { outdir });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const counts = app
      .synth()
      .stacks.map((stack) => [stack.stackName, Object.keys(stack.template.Resources).length] as const);
    for (const [stack, count] of counts)
      process.stdout.write(`${stack}: ${count} of ${resourceLimit} resources\n`);
    return counts.every(([, count]) => count <= resourceLimit);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

if (process.argv.includes('--help')) process.stdout.write(help);
else {
  const results = [
    await step('types', program('typescript/bin/tsc', '-p', '.')),
    await step('lint, format and import directions', async () => biome('ci')),
    await step('bundles', bundles),
    await step('stage local', () => stage('local')),
    await step('stage dev', () => stage('dev')),
    await step('stage prod', () => stage('prod')),
  ];
  process.exitCode = results.every(Boolean) ? 0 : 1;
}
