import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import { type Listening, listen, readBody, send } from '../http.ts';
import { object, parseJson, text } from '../json.ts';
import type { Metrics } from '../metrics.ts';
import type { Environment, Failure, Outcome } from './environment.ts';
import type { LambdaFunction } from './function.ts';
import { Pool } from './pool.ts';

type Options = { awsUrl: string; dataDirectory: string; clock: Clock; faults: Faults; metrics: Metrics };

function failureOf(body: string): Failure {
  const { errorType, errorMessage } = object(parseJson(body));
  return { errorType: text(errorType, 'Error'), errorMessage: text(errorMessage) };
}

/** All functions, and the Runtime API their processes talk to. */
export class Lambda {
  #pools = new Map<string, Pool>();
  #api: Listening | undefined;
  #logs = new Map<string, WriteStream>();
  #options: Options;
  #reaper: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: Options) {
    this.#options = options;
  }

  async start(functions: LambdaFunction[]): Promise<void> {
    const { awsUrl, clock, dataDirectory } = this.#options;
    mkdirSync(join(dataDirectory, 'logs/functions'), { recursive: true });
    this.#api = await listen((request, response) => this.#serve(request, response), 0);
    const around = {
      awsUrl,
      runtimeHost: this.#api.url.replace('http://', ''),
      compileCache: join(dataDirectory, 'compile-cache'),
      clockOffset: () => clock.offset,
      log: (name: string, chunk: Buffer) => this.#log(name, chunk),
    };
    for (const lambda of functions) this.#pools.set(lambda.name, new Pool(lambda, around));
    this.#reaper = setInterval(() => {
      for (const pool of this.#pools.values()) pool.reap();
    }, 30_000).unref();
  }

  names(): string[] {
    return [...this.#pools.keys()];
  }

  get(name: string): LambdaFunction | undefined {
    return this.#pools.get(name)?.function;
  }

  busy(): number {
    return [...this.#pools.values()].reduce((sum, pool) => sum + pool.active, 0);
  }

  /** Who signs with this access key, if it is one of our processes. */
  caller(accessKeyId: string): Environment | undefined {
    for (const pool of this.#pools.values()) {
      const found = pool.environments().find((environment) => environment.accessKeyId === accessKeyId);
      if (found) return found;
    }
    return undefined;
  }

  async invoke(name: string, event: string): Promise<Outcome> {
    const started = performance.now();
    const outcome = await this.#invoke(name, event);
    this.#options.metrics.record(name, 'lambda', 'Invoke', performance.now() - started, {
      failed: outcome.ok ? 0 : 1,
    });
    return outcome;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#reaper);
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
    await this.#api?.close();
    for (const stream of this.#logs.values()) stream.end();
  }

  async #invoke(name: string, event: string): Promise<Outcome> {
    const pool = this.#pools.get(name);
    const fail = (errorType: string, errorMessage: string): Outcome => ({
      ok: false,
      failure: { errorType, errorMessage },
    });
    if (!pool || this.#stopping) return fail('ResourceNotFoundException', `Function not found: ${name}`);
    const fault = this.#options.faults.strike('lambda', name, name);
    if (fault === 'throttle') return fail('TooManyRequestsException', 'Rate Exceeded.');
    if (fault === 'error') return fail('Runtime.Unknown', 'Injected error');
    if (fault === 'timeout')
      return fail(
        'Sandbox.Timedout',
        `Task timed out after ${pool.function.timeoutSeconds.toFixed(2)} seconds`,
      );
    if (fault === 'crashBefore') return fail('Runtime.ExitError', 'Injected crash before the function ran');
    const outcome = await pool.invoke(event);
    if (fault === 'crashAfter') return fail('Runtime.ExitError', 'Injected crash after the function ran');
    return outcome;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', , , kind, invocation = '', verb] = String(request.url).split('/');
    const environment = [...this.#pools.values()]
      .map((pool) => pool.environment(id))
      .find((found) => found !== undefined);
    if (!environment) return send(response, 403, { errorMessage: 'No such environment' });
    if (request.method === 'GET') return environment.ask(response);
    const body = (await readBody(request))?.toString() ?? '';
    send(response, 202, { status: 'OK' });
    if (kind === 'init') environment.failInit(failureOf(body));
    else if (verb === 'response') environment.answer(invocation, { ok: true, payload: body });
    else environment.answer(invocation, { ok: false, failure: failureOf(body) });
  }

  #log(name: string, chunk: Buffer): void {
    if (this.#stopping) return;
    const path = join(this.#options.dataDirectory, 'logs/functions', `${name}.log`);
    const stream = this.#logs.get(name) ?? createWriteStream(path, { flags: 'a' });
    this.#logs.set(name, stream);
    stream.write(chunk);
  }
}
