import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { StartError } from '../assembly.ts';
import { object, parseJson } from '../json.ts';

const preload = new URL('./exit-with-parent.mjs', import.meta.url).href;
const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Together with the rest of the shutdown this keeps within the five seconds promised. */
const graceMs = 2500;

type Script = { file: string; args?: string[]; env?: Record<string, string> };

/** The launcher's child programs: their logs, their readiness and their end. */
export class Children {
  #logs: string;
  #running = new Map<ChildProcess, string>();
  #stopping = false;
  #onUnexpectedExit: (name: string) => void;

  constructor(dataDirectory: string, onUnexpectedExit: (name: string) => void) {
    this.#logs = join(dataDirectory, 'logs');
    this.#onUnexpectedExit = onUnexpectedExit;
    mkdirSync(this.#logs, { recursive: true });
  }

  /** Runs a script to its end; a failure names its log. */
  async run(name: string, script: Script): Promise<void> {
    const child = this.#spawn(name, script);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (code !== 0 && !this.#stopping) throw this.#failure(name, script, `ended with status ${code}`);
  }

  /** Starts a program that prints one JSON line `{"ready":true}` and then stays. */
  async serve(name: string, script: Script): Promise<void> {
    const child = this.#spawn(name, script);
    await new Promise<void>((resolve, reject) => {
      const gone = () => reject(this.#failure(name, script, 'ended before it was ready'));
      child.once('close', gone);
      if (!child.stdout) return gone();
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (object(parseJson(line)).ready !== true) return;
        child.off('close', gone);
        resolve();
      });
    });
    child.once('close', () => {
      if (!this.#stopping) this.#onUnexpectedExit(name);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const all = [...this.#running.keys()];
    const ended = all.map((child) => new Promise<void>((resolve) => child.once('exit', () => resolve())));
    for (const child of all) child.kill('SIGTERM');
    const late = setTimeout(() => {
      for (const child of this.#running.keys()) child.kill('SIGKILL');
    }, graceMs);
    await Promise.all(ended);
    clearTimeout(late);
  }

  #spawn(name: string, { file, args = [], env = {} }: Script): ChildProcess {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', preload, file, ...args],
      {
        cwd: root,
        stdio: ['pipe', 'pipe', 'pipe'],
        // A group of its own: Ctrl-C speaks to the launcher, which decides the order of ends.
        detached: true,
        env: { ...process.env, ...env },
      },
    );
    this.#running.set(child, name);
    child.once('exit', () => this.#running.delete(child));
    child.stdin?.on('error', () => undefined);
    const log = createWriteStream(join(this.#logs, `${name}.log`));
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.once('close', () => log.end());
    return child;
  }

  #failure(name: string, { file }: Script, what: string): StartError {
    return new StartError(`${basename(file)} ${what}; its log is ${join(this.#logs, `${name}.log`)}.`);
  }
}
