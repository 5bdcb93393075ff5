import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';

const help = `Runs the tests: unit, integration (the synthesised stack on this machine) and browser.

usage: npm test [-- --project unit|integration|browser] [FILE ...]
Everything else is passed to vitest. The last line is "N passed, N failed".
`;

const args = process.argv.slice(2);
if (args.includes('--help')) process.stdout.write(help);
else {
  const report = join(tmpdir(), `connector-tests-${process.pid}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run('node_modules/vitest/vitest.mjs', ['run', ...reporters, ...args], {
    STRIPE_SUPPRESS_NOTICES: 'true',
  });
  const { numPassedTests = 0, numFailedTests = 0, numFailedTestSuites = 0 } = readReport(report);
  // A file that does not even load has no failed test of its own, and is one all the same.
  const failed = numFailedTests || (code === 0 ? 0 : Math.max(1, numFailedTestSuites));
  process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`);
  process.exitCode = code;
}

function readReport(file: string): {
  numPassedTests?: number;
  numFailedTests?: number;
  numFailedTestSuites?: number;
} {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
