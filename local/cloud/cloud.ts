import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createIssuer } from '../identity/issuer.ts';
import { AwsEndpoint } from './aws/endpoint.ts';
import { schedulerService } from './aws/scheduler.ts';
import { sesService } from './aws/ses.ts';
import { Sqs } from './aws/sqs.ts';
import { Clock } from './clock.ts';
import { Control } from './control.ts';
import { readDeclared } from './declared.ts';
import { type DynamoEngine, startDynamoEngine } from './dynoxide.ts';
import { Email } from './email.ts';
import { pollerFor } from './event-source-mapping.ts';
import { Faults } from './faults.ts';
import { readApi } from './gateway/api.ts';
import { Gateway } from './gateway/gateway.ts';
import { type Listening, listen } from './http.ts';
import { Lambda } from './lambda/lambda.ts';
import { Metrics } from './metrics.ts';
import { Queues } from './queues.ts';
import { initialValue, Secrets } from './secrets.ts';
import { Stillness } from './stillness.ts';
import { Store } from './store.ts';
import { readerFor, type StreamReader } from './stream-reader.ts';
import { StripeLink } from './stripe-link.ts';
import { createTable, deleteExpired, type Table, tableOf } from './tables.ts';
import { timedOf } from './timed.ts';

export type CloudOptions = {
  /** The `cdk.out` directory. */
  assembly: string;
  dataDirectory: string;
  /** @default 0, a free port */
  apiPort?: number;
  /** @default 0, a free port */
  controlPort?: number;
  /** The Stripe emulator, whose clock, faults and idleness belong to the cloud's. @default none */
  stripeUrl?: string;
  /** An engine already started. @default one is started, and stopped with the cloud */
  engine?: DynamoEngine;
};

export type Cloud = {
  apiUrl: string;
  awsUrl: string;
  controlUrl: string;
  /** Outputs by stack name and output id. */
  outputs: Record<string, Record<string, string>>;
  /** Names of functions, queues and tables as minted. */
  names: { functions: string[]; queues: string[]; tables: string[] };
  stop: () => Promise<void>;
};

type Undo = (() => Promise<void> | void)[];

/** Runs a cloud assembly on this machine. Throws StartError with one sentence when it cannot. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const undo: Undo = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await start(options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: CloudOptions, undo: Undo, stop: () => Promise<void>): Promise<Cloud> {
  const dataDirectory = resolve(options.dataDirectory);
  mkdirSync(dataDirectory, { recursive: true });
  const store = new Store(dataDirectory);
  undo.push(() => store.close());
  const clock = new Clock(store);
  const faults = new Faults();
  const metrics = new Metrics();
  const stripe = new StripeLink(options.stripeUrl);

  // The endpoint must have its address before templates are read (queue URLs hold it), so it starts hollow.
  let endpoint: AwsEndpoint | undefined;
  const aws = await opened(
    undo,
    listen(async (request, response) => endpoint?.serve(request, response), 0),
  );
  const declared = readDeclared(options.assembly, aws.url);

  const engine = options.engine ?? (await startDynamoEngine(dataDirectory));
  if (!options.engine) undo.push(engine.stop);
  const tables = new Map<string, Table>();
  for (const { name, properties } of declared.tables) {
    await createTable(engine.url, name, properties);
    tables.set(name, tableOf(name, properties));
  }

  const queues = new Queues(store, clock, faults);
  for (const queue of declared.queues) queues.add(queue);
  const secrets = new Secrets(store, clock);
  for (const { arn, name, properties } of declared.secrets)
    secrets.add({ arn, name }, initialValue(properties));
  const email = new Email(store, clock);
  for (const identity of declared.email.identities) email.addIdentity(identity);
  for (const name of declared.email.configurationSets) email.addConfigurationSet(name);
  const lambda = new Lambda({ awsUrl: aws.url, dataDirectory, clock, faults, metrics });
  undo.push(() => lambda.stop());
  await lambda.start(declared.functions);
  const timed = timedOf({ declared, store, clock, queues, lambda });
  const { agenda, events, scheduler } = timed;
  const { policies } = declared;
  const readers: StreamReader[] = [];
  const sqs = new Sqs(queues);
  endpoint = new AwsEndpoint({
    engine: engine.url,
    tables,
    sqs,
    events,
    secrets,
    lambda,
    faults,
    metrics,
    policies,
    rest: { ses: sesService(email), scheduler: schedulerService(scheduler) },
    written: () => {
      for (const reader of readers) reader.wake();
    },
  });

  const sweep = async () => {
    for (const table of tables.values()) await deleteExpired(engine.url, table, clock.now());
  };
  const sweeper = setInterval(() => sweep().catch((error: unknown) => console.error(error)), 60_000).unref();
  undo.push(() => clearInterval(sweeper));

  const [api] = declared.apis;
  let apiUrl = '';
  if (api) {
    const gateway = new Gateway({
      api: readApi(api.id, api.stage, api.body),
      lambda,
      clock,
      policies,
      metrics,
    });
    const serving = listen((request, response) => gateway.serve(request, response), options.apiPort ?? 0);
    apiUrl = (await opened(undo, serving)).url;
  }

  const pollers = declared.mappings.map((mapping) => pollerFor(mapping, declared, queues, lambda, faults));
  readers.push(
    ...declared.streams.map((mapping) =>
      readerFor(mapping, declared, { engine: engine.url, store, clock, queues, lambda }),
    ),
  );
  const stillness = new Stillness({ clock, queues, lambda, pollers, readers, agenda, stripe });
  const issuer = await createIssuer(dataDirectory);
  const control = new Control({
    clock,
    queues,
    faults,
    metrics,
    email,
    lambda,
    stripe,
    stillness,
    issuer,
    sweep,
    engine: engine.url,
    tables,
  });
  const controlServer = await opened(
    undo,
    listen((request, response) => control.serve(request, response), options.controlPort ?? 0),
  );
  control.url = controlServer.url;
  await stripe.moveTo(clock.now());

  undo.push(async () => {
    const stopping = [...pollers, ...readers].map((source) => source.stop());
    await lambda.stop();
    await Promise.all(stopping);
  });
  for (const source of [...pollers, ...readers]) source.start();
  undo.push(timed.stop);
  agenda.start();
  const names = {
    functions: declared.functions.map(({ name }) => name),
    queues: declared.queues.map(({ name }) => name),
    tables: [...tables.keys()],
  };
  return { apiUrl, awsUrl: aws.url, controlUrl: controlServer.url, outputs: declared.outputs, names, stop };
}

async function opened(undo: Undo, listening: Promise<Listening>): Promise<Listening> {
  const server = await listening;
  undo.push(server.close);
  return server;
}
