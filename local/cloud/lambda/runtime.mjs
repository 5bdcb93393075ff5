// One execution environment: what runs inside a Lambda function's process. It speaks the Lambda Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) and needs nothing but Node.
import { existsSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , api, cache] = process.argv;
const base = new URL(`http://${api}/2018-06-01/runtime/`);
const agent = new Agent({ keepAlive: true, maxSockets: 2 });

// The parent holds the other end of stdin: when it dies, however it dies, so do we.
process.stdin.resume();
process.stdin.on('close', () => process.exit(0));
process.stdin.on('end', () => process.exit(0));

const RealDate = Date;
let offset = Number(process.env.CLOUD_CLOCK_OFFSET_MS ?? 0);
delete process.env.CLOUD_CLOCK_OFFSET_MS;
const realNow = RealDate.now.bind(RealDate);
const shiftedNow = () => realNow() + offset;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) =>
    Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, self === Date ? target : self),
  apply: () => new RealDate(shiftedNow()).toString(),
  get: (target, key) => (key === 'now' ? shiftedNow : Reflect.get(target, key)),
});
RealDate.prototype.constructor = globalThis.Date;

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, base), { method, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const describe = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

async function loadHandler() {
  const [file, name] = String(process.env._HANDLER).split('.');
  const root = String(process.env.LAMBDA_TASK_ROOT);
  const esm = join(root, `${file}.mjs`);
  const loaded = existsSync(esm)
    ? await import(pathToFileURL(esm).href)
    : createRequire(join(root, '/'))(join(root, `${file}.js`));
  if (typeof loaded[name] !== 'function') throw new Error(`${file}.${name} is undefined or not exported`);
  return loaded[name];
}

function invoke(handler, event, context) {
  return new Promise((resolve, reject) => {
    const done = (error, value) => (error ? reject(error) : resolve(value));
    const answer = handler(event, context, done);
    if (answer && typeof answer.then === 'function') answer.then(resolve, reject);
    else if (handler.length < 3) resolve(answer);
  });
}

async function serve(handler) {
  const next = await call('GET', 'invocation/next');
  const id = next.headers['lambda-runtime-aws-request-id'];
  const deadline = Number(next.headers['lambda-runtime-deadline-ms']);
  offset = Number(next.headers['lambda-runtime-clock-offset'] ?? offset);
  const context = {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: next.headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: `/aws/lambda/${process.env.AWS_LAMBDA_FUNCTION_NAME}`,
    logStreamName: String(process.pid),
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - realNow()),
  };
  try {
    const value = await invoke(handler, JSON.parse(next.body), context);
    await call('POST', `invocation/${id}/response`, JSON.stringify(value) ?? 'null');
  } catch (error) {
    console.error(error);
    await call('POST', `invocation/${id}/error`, JSON.stringify(describe(error)));
  }
}

try {
  if (cache) enableCompileCache(cache);
  const handler = await loadHandler();
  if (cache) setImmediate(flushCompileCache);
  for (;;) await serve(handler);
} catch (error) {
  console.error(error);
  await call('POST', 'init/error', JSON.stringify(describe(error))).catch(() => undefined);
  process.exit(1);
}
