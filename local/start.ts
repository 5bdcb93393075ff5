import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from './cloud/assembly.ts';
import { operatorKey } from './cloud/aws/endpoint.ts';
import { type Cloud, startCloud } from './cloud/cloud.ts';
import { startDynamoEngine } from './cloud/dynoxide.ts';
import { Children } from './cloud/launcher/children.ts';
import { lockDirectory } from './cloud/launcher/lock.ts';
import { help, type Options, readOptions } from './cloud/launcher/options.ts';
import { claimPort } from './cloud/launcher/ports.ts';
import { storedOffset } from './cloud/store.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const stripeApi = 'https://api.stripe.com';
/** The emulator accepts any key; the mode follows its form. */
const emulatorKeys = {
  STRIPE_SECRET_KEY: 'sk_test_local',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_local',
  STRIPE_CLIENT_ID: 'ca_test_local',
  STRIPE_SECRET_KEY_LIVE: 'sk_live_local',
  STRIPE_PUBLISHABLE_KEY_LIVE: 'pk_live_local',
  STRIPE_CLIENT_ID_LIVE: 'ca_live_local',
};
/** The clean-up has five seconds in all; what is left then is killed. */
const stopLimitMs = 4500;

type Undo = (() => Promise<void> | void)[];
type Urls = { api: string; stripe: string; web: string; control: string };

async function launch(
  { reset, demo }: Options,
  undo: Undo,
  stop: (status: number) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  const dataDirectory = resolve(root, process.env.DATA_DIR || '.local');
  undo.push(lockDirectory(dataDirectory));
  const endpointsFile = join(dataDirectory, 'endpoints.json');
  rmSync(endpointsFile, { force: true });
  if (reset) empty(dataDirectory);

  const apiPort = await claimPort('PORT', 4000);
  const stripePort = await claimPort('STRIPE_PORT', 4242);
  const webPort = await claimPort('WEB_PORT', 4010);
  const controlPort = await claimPort('CONTROL_PORT', 4020);
  const sandbox = (process.env.STRIPE_SECRET_KEY ?? '').startsWith('sk_test_');
  const urls: Urls = {
    api: `http://127.0.0.1:${apiPort}`,
    stripe: sandbox ? stripeApi : `http://127.0.0.1:${stripePort}`,
    web: `http://127.0.0.1:${webPort}`,
    control: `http://127.0.0.1:${controlPort}`,
  };
  const locals = {
    LOCAL_API_URL: urls.api,
    LOCAL_STRIPE_URL: urls.stripe,
    LOCAL_WEB_URL: urls.web,
    LOCAL_CONTROL_URL: urls.control,
    DATA_DIR: dataDirectory,
  };

  const children = new Children(dataDirectory, (name) => {
    process.stderr.write(
      `${name} ended unexpectedly; its log is ${join(dataDirectory, 'logs', `${name}.log`)}.\n`,
    );
    void stop(1);
  });
  undo.push(() => children.stop());
  const assembly = join(dataDirectory, 'cdk.out');
  const emulator = sandbox
    ? Promise.resolve()
    : children.serve('stripe', {
        file: 'local/stripe/main.ts',
        env: {
          STRIPE_PORT: String(stripePort),
          DATA_DIR: dataDirectory,
          CLOCK_OFFSET_MS: String(storedOffset(dataDirectory)),
          LOCAL_CONTROL_URL: urls.control,
        },
      });
  const engineStart = startDynamoEngine(dataDirectory).then((engine) => {
    undo.push(engine.stop);
    return engine;
  });
  const synth = children.run('synth', {
    file: 'scripts/synth.ts',
    args: ['--stage', 'local', '--output', assembly, '--quiet'],
    env: locals,
  });
  const [engine] = await Promise.all([engineStart, emulator, synth]);

  const cloud = await startCloud({
    assembly,
    dataDirectory,
    apiPort,
    controlPort,
    engine,
    ...(sandbox ? {} : { stripeUrl: urls.stripe }),
  });
  undo.push(cloud.stop);
  await children.run('setup-stripe', {
    file: 'bin/setup-stripe.ts',
    env: { ...locals, ...operator(cloud, urls) },
  });
  const endpoints = JSON.stringify(urls);
  if (present('web/server.ts'))
    await children.serve('web', {
      file: 'web/server.ts',
      env: { ...locals, WEB_PORT: String(webPort), ENDPOINTS: endpoints },
    });
  if (demo && present('web/demo-data.ts'))
    await children.run('demo-data', { file: 'web/demo-data.ts', env: { ...locals, ENDPOINTS: endpoints } });

  const outputs = Object.assign({}, ...Object.values(cloud.outputs));
  const ready = { ...urls, aws: cloud.awsUrl, outputs, pid: process.pid, ready: true };
  writeFileSync(`${endpointsFile}.new`, `${JSON.stringify(ready, null, 2)}\n`);
  renameSync(`${endpointsFile}.new`, endpointsFile);
  undo.push(() => rmSync(endpointsFile, { force: true }));
  process.stdout.write(table({ ...urls, aws: cloud.awsUrl }, dataDirectory, performance.now() - started));
}

function present(file: string): boolean {
  if (existsSync(join(root, file))) return true;
  process.stderr.write(`${file} does not exist: its step is left out.\n`);
  return false;
}

/** Empties the directory but for our own lock. */
function empty(dataDirectory: string): void {
  for (const name of readdirSync(dataDirectory)) {
    if (name === 'launcher.pid') continue;
    rmSync(join(dataDirectory, name), { recursive: true, force: true });
  }
  mkdirSync(join(dataDirectory, 'logs'), { recursive: true });
}

function operator({ awsUrl, outputs }: Cloud, { stripe }: Urls): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: awsUrl,
    AWS_ACCESS_KEY_ID: operatorKey,
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_REGION: 'us-east-1',
    STRIPE_API_BASE: stripe,
    STACK_OUTPUTS: JSON.stringify(Object.assign({}, ...Object.values(outputs))),
    ...(stripe === stripeApi ? {} : emulatorKeys),
  };
}

function table(
  { api, stripe, web, control, aws }: Urls & { aws: string },
  dataDirectory: string,
  ms: number,
): string {
  return `
  Demonstration  ${web}
  API            ${api}   (${api}/openapi.json)
  Stripe         ${stripe}
  Control        ${control}
  AWS            ${aws}   (AWS_ENDPOINT_URL; access key ${operatorKey})
  State, logs    ${dataDirectory}

  Test cards: 4242 4242 4242 4242 succeeds, 4000 0000 0000 0002 is declined, 4000 0025 0000 3155 asks for 3-D Secure.
  Ready in ${(ms / 1000).toFixed(1)} s. Ctrl-C stops everything.
`;
}

async function main(): Promise<void> {
  const undo: Undo = [];
  let stopping: Promise<void> | undefined;
  const stop = (status: number): Promise<void> => {
    stopping ??= (async () => {
      setTimeout(() => process.exit(status), stopLimitMs);
      for (const step of undo.splice(0).reverse())
        await Promise.resolve(step()).catch((error: unknown) => console.error(error));
      process.exit(status);
    })();
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) process.stdout.write(help);
    else await launch(options, undo, stop);
  } catch (error) {
    if (stopping) return;
    process.stderr.write(
      `${error instanceof StartError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    );
    await stop(1);
  }
}

await main();
