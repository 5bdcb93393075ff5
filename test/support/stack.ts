import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';

export type Endpoints = {
  api: string;
  stripe: string;
  web: string;
  control: string;
  aws: string;
  outputs: Record<string, string>;
};
export type Stack = Endpoints & {
  dataDir: string;
  /** Stops it and removes its state. */
  stop(): Promise<void>;
  /** Ends it (`SIGKILL`: as if the machine lost power) and starts it again on the same state and ports. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
};

/** Tests move the clock by months: what runs every day does so only where it is tested. */
const never = 'rate(9999 days)';
const startTimeoutMs = 60_000;

/** `npm start` on free ports with a state of its own: the synthesised stack, as a newcomer runs it. */
export async function startStack({ demo = false, env = {} as NodeJS.ProcessEnv } = {}): Promise<Stack> {
  // In the project's folder, where a newcomer's state lies too: its package.json applies to what is in there.
  const dataDir = mkdtempSync(resolve('.local-test-'));
  const ports = { PORT: '0', STRIPE_PORT: '0', WEB_PORT: '0', CONTROL_PORT: '0', RECONCILE_SCHEDULE: never };
  let child = launch(dataDir, demo, { ...ports, ...env });
  const endpoints = await ready(child, dataDir);
  const same = {
    PORT: portOf(endpoints.api),
    STRIPE_PORT: portOf(endpoints.stripe),
    WEB_PORT: portOf(endpoints.web),
    RECONCILE_SCHEDULE: never,
    CONTROL_PORT: portOf(endpoints.control),
  };
  return {
    ...endpoints,
    dataDir,
    async stop() {
      await end(child, 'SIGTERM');
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
    async restart(signal) {
      await end(child, signal);
      child = launch(dataDir, demo, { ...same, ...env });
      await ready(child, dataDir);
    },
  };
}

const portOf = (url: string): string => new URL(url).port;

function launch(dataDir: string, demo: boolean, env: NodeJS.ProcessEnv): ChildProcess {
  rmSync(join(dataDir, 'endpoints.json'), { force: true });
  const args = ['--disable-warning=ExperimentalWarning', 'local/start.ts', ...(demo ? [] : ['--no-demo'])];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(dataDir, 'launcher.log'), { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  return child;
}

async function ready(child: ChildProcess, dataDir: string): Promise<Endpoints> {
  const watcher = watch(dataDir);
  let late: NodeJS.Timeout | undefined;
  const found = () => {
    try {
      const endpoints = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8'));
      return endpoints.ready && endpoints.pid === child.pid ? endpoints : undefined;
    } catch {
      return undefined;
    }
  };
  try {
    return await new Promise((resolve, reject) => {
      const failed = (why: string) => {
        const log = readFileSync(join(dataDir, 'launcher.log'), 'utf8').slice(-3_000);
        reject(new Error(`The stack did not start (${why}):\n${log}`));
      };
      const look = () => {
        const endpoints = found();
        if (endpoints) resolve(endpoints);
      };
      watcher.on('change', look);
      child.once('exit', (code) => failed(`exit ${code}`));
      late = setTimeout(() => failed(`not ready after ${startTimeoutMs / 1000} s`), startTimeoutMs);
      look();
    });
  } finally {
    clearTimeout(late);
    watcher.close();
    child.removeAllListeners('exit');
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
