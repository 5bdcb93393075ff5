import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { LambdaFunction, Surroundings } from './function.ts';

export type Failure = { errorType: string; errorMessage: string };
export type Outcome = { ok: true; payload: string } | { ok: false; failure: Failure };
export type Invocation = { id: string; event: string; settle: (outcome: Outcome) => void };

const runtime = fileURLToPath(new URL('./runtime.mjs', import.meta.url));
/** Longer than AWS's 10 s, which counts on a machine of its own. */
const initLimitMs = 30_000;

/** One process of a function. It works on one invocation at a time and dies with its time limit, as on AWS. */
export class Environment {
  readonly id: string;
  readonly accessKeyId: string;
  readonly function: LambdaFunction;
  state: 'starting' | 'idle' | 'busy' | 'dead' = 'starting';
  idleSince = 0;
  #process: ChildProcess;
  #asking: ServerResponse | undefined;
  #current: Invocation | undefined;
  #timer: NodeJS.Timeout | undefined;
  #initFailure: Failure | undefined;
  #onChange: (environment: Environment) => void;
  #clockOffset: () => number;
  readonly exited: Promise<void>;

  constructor(
    lambda: LambdaFunction,
    id: string,
    around: Surroundings,
    onChange: (environment: Environment) => void,
  ) {
    this.id = id;
    this.function = lambda;
    this.#onChange = onChange;
    this.#clockOffset = around.clockOffset;
    this.accessKeyId = `AKIA${createHash('sha256').update(`${lambda.name}/${id}`).digest('hex').slice(0, 16).toUpperCase()}`;
    this.#process = spawn(
      process.execPath,
      [
        `--max-old-space-size=${lambda.memoryMb}`,
        runtime,
        `${around.runtimeHost}/${id}`,
        around.compileCache,
      ],
      {
        cwd: lambda.directory,
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
        env: this.#variables(around),
      },
    );
    this.#process.stdin?.on('error', () => undefined);
    this.#process.stdout?.on('data', (chunk: Buffer) => around.log(lambda.name, chunk));
    this.#process.stderr?.on('data', (chunk: Buffer) => around.log(lambda.name, chunk));
    this.exited = new Promise((resolve) => {
      this.#process.once('error', () => this.#die('Runtime.ExitError', 'Runtime failed to start', resolve));
      this.#process.once('exit', (code, signal) =>
        this.#die(
          'Runtime.ExitError',
          `Runtime exited with ${signal ? `signal: ${signal}` : `error: exit status ${code}`}`,
          resolve,
        ),
      );
    });
    this.#timer = setTimeout(() => this.#fail('Runtime.InitTimeout', 'Init phase timed out'), initLimitMs);
  }

  get initFailure(): Failure | undefined {
    return this.#initFailure;
  }

  /** The process asks for work: `GET invocation/next`. */
  ask(response: ServerResponse): void {
    clearTimeout(this.#timer);
    this.#asking = response;
    this.state = 'idle';
    this.idleSince = Date.now();
    this.#onChange(this);
  }

  give(invocation: Invocation): void {
    const { timeoutSeconds, arn } = this.function;
    this.state = 'busy';
    this.#current = invocation;
    this.#timer = setTimeout(() => {
      this.#fail(
        'Sandbox.Timedout',
        `RequestId: ${invocation.id} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      );
    }, timeoutSeconds * 1000);
    this.#asking?.writeHead(200, {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutSeconds * 1000),
      'Lambda-Runtime-Invoked-Function-Arn': arn,
      'Lambda-Runtime-Clock-Offset': String(this.#clockOffset()),
    });
    this.#asking?.end(invocation.event);
    this.#asking = undefined;
  }

  answer(id: string, outcome: Outcome): void {
    if (this.#current?.id !== id) return;
    clearTimeout(this.#timer);
    const { settle } = this.#current;
    this.#current = undefined;
    settle(outcome);
  }

  failInit(failure: Failure): void {
    this.#initFailure = failure;
    this.kill();
  }

  /** Ends the process at once; what it was working on fails. */
  kill(): void {
    if (this.state !== 'dead') this.#process.kill('SIGKILL');
  }

  #fail(errorType: string, errorMessage: string): void {
    if (this.#current) this.answer(this.#current.id, { ok: false, failure: { errorType, errorMessage } });
    else this.#initFailure = { errorType, errorMessage };
    this.kill();
  }

  #die(errorType: string, errorMessage: string, resolve: () => void): void {
    if (this.state === 'starting') this.#initFailure ??= { errorType, errorMessage };
    clearTimeout(this.#timer);
    this.state = 'dead';
    if (this.#current) {
      const message = `RequestId: ${this.#current.id} Error: ${errorMessage}`;
      this.answer(this.#current.id, { ok: false, failure: { errorType, errorMessage: message } });
    }
    this.#onChange(this);
    resolve();
  }

  #variables({ awsUrl, clockOffset }: Surroundings): Record<string, string> {
    const { name, memoryMb, handler, directory, variables } = this.function;
    return {
      ...variables,
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_ENDPOINT_URL: awsUrl,
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'local',
      CLOUD_CLOCK_OFFSET_MS: String(clockOffset()),
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: directory,
      PATH: process.env.PATH ?? '',
      TZ: ':UTC',
    };
  }
}
