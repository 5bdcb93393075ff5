import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const runtime = 'local/cloud/lambda/runtime.mjs';
/** What a function is given at its first invocation: refused or empty before any call of AWS. */
const event = {
  Records: [],
  headers: {},
  multiValueHeaders: {},
  pathParameters: null,
  queryStringParameters: null,
  body: null,
  requestContext: {},
  methodArn: '',
};

/** Milliseconds from the start of the process to the answer of its first invocation, without a compile cache. */
export async function firstAnswerMs(
  directory: string,
  variables: Record<string, string> = {},
): Promise<number> {
  let answered: (ms: number) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const answer = new Promise<number>((resolve, reject) => {
    [answered, fail] = [resolve, reject];
  });
  let began = 0;
  const api = createServer((request, response) => {
    if (request.url?.endsWith('/invocation/next')) {
      const headers = {
        'Lambda-Runtime-Aws-Request-Id': '1',
        'Lambda-Runtime-Deadline-Ms': String(Date.now() + 10_000),
        'Lambda-Runtime-Invoked-Function-Arn': 'arn',
        'Lambda-Runtime-Clock-Offset': '0',
      };
      response.writeHead(200, headers).end(JSON.stringify(event));
      return;
    }
    if (request.url?.endsWith('init/error')) fail(new Error(`${directory} did not load.`));
    else answered(performance.now() - began);
    request.resume();
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const { port } = api.address() as AddressInfo;
  began = performance.now();
  const child = spawn(process.execPath, ['--max-old-space-size=512', runtime, `127.0.0.1:${port}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      ...variables,
      _HANDLER: 'index.handler',
      LAMBDA_TASK_ROOT: directory,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    },
  });
  const ms = await answer;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  api.closeAllConnections();
  api.close();
  return ms;
}

export function emptyHandler(directory: string): string {
  const empty = join(directory, 'empty');
  mkdirSync(empty, { recursive: true });
  writeFileSync(join(empty, 'index.js'), 'exports.handler = async () => ({});');
  return empty;
}
