// The door of every npm script: works with any Node >= 20 and nothing installed. It installs what the lock
// file asks for when node_modules differs from it, then runs the given file on the project's own Node 24.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [file, ...args] = process.argv.slice(2);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const major = Number(process.versions.node.split('.')[0]);
if (major < 20)
  fail(`Node ${process.versions.node} is too old: install Node 20 or newer and run the command again.`);
if (!file) fail('usage: node scripts/run.mjs FILE [ARGUMENT ...]');

/** What the lock asks for and node_modules does not have, by name; optional packages may be absent. */
function missingPackages() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return ['everything'];
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted)
    .filter(([path, { version, optional, devOptional }]) => {
      if (path === '') return false;
      const found = present[path];
      if (!found) return !optional && !devOptional;
      return found.version !== version || !existsSync(join(root, path));
    })
    .map(([path]) => path);
}

const missing = missingPackages();
if (missing.length > 0) {
  process.stderr.write(
    `Installing packages (${missing.length === 1 ? missing[0] : `${missing.length} differ from the lock`}) ...\n`,
  );
  const npm = process.env.npm_execpath;
  const [command, prefix] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const install = spawnSync(command, [...prefix, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: '' },
  });
  if (install.status !== 0) {
    rmSync(join(root, 'node_modules/.package-lock.json'), { force: true });
    fail(
      'npm ci failed: see its message above, check the connection to the npm registry, then run the command again.',
    );
  }
}

const node = join(root, 'node_modules/node/bin/node');
if (!existsSync(node))
  fail('The package "node" installed no binary: delete node_modules and run the command again.');
const child = spawn(node, ['--disable-warning=ExperimentalWarning', file, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
