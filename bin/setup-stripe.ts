import { setTimeout as wait } from 'node:timers/promises';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import Stripe from 'stripe';
import type { Mode } from '../shared/contract/schemas.ts';
import { apiBase } from '../shared/stripe/client.ts';
import { parseSecret, type StripeSecret } from '../shared/stripe/secrets.ts';
import { ensureEndpoints, removeEndpoints } from '../shared/stripe/webhook-endpoints.ts';
import { commandLine } from './command-line.ts';
import { stackOutputs } from './outputs.ts';

const help = `Prepares Stripe for a deployed stack: makes or updates the webhook endpoints of each mode and stores keys and
signing secrets. "npm run deploy" does it after every deployment. Safe to run again: what exists is kept, and endpoints of
others are never touched.

usage: npm run setup-stripe -- [OPTION ...]

options
  --rotate         new endpoints with new signing secrets take the old ones' place; no event is lost meanwhile
  --pause SECONDS  how long a new endpoint and an old one stand side by side, twice   [15]
  --remove         takes our own endpoints away, before a stack is destroyed
  --outputs FILE   the stack's outputs ("cdk deploy --outputs-file", or endpoints.json of npm start)
                   [STACK_OUTPUTS, else cdk-outputs.json]
  --help           this

environment, needed the first time only: afterwards the stored keys are used
  STRIPE_SECRET_KEY             the platform's sk_test_... key      STRIPE_SECRET_KEY_LIVE       its sk_live_... key
  STRIPE_PUBLISHABLE_KEY        its pk_test_... key                 STRIPE_PUBLISHABLE_KEY_LIVE  its pk_live_... key
  STRIPE_CLIENT_ID              its test ca_... for Connect         STRIPE_CLIENT_ID_LIVE        its live ca_...
  STRIPE_API_BASE               another server that speaks Stripe's API (the local emulator)
A mode without keys is left as it is.
`;

const { values: options } = commandLine(help, {
  options: {
    rotate: { type: 'boolean', default: false },
    remove: { type: 'boolean', default: false },
    pause: { type: 'string', default: '15' },
    outputs: { type: 'string', default: 'cdk-outputs.json' },
  },
});
type Keys = Pick<StripeSecret, 'apiKey' | 'publishableKey' | 'clientId'>;
const secrets = new SecretsManagerClient({});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function keysOf(mode: Mode): Keys | undefined {
  const suffix = mode === 'live' ? '_LIVE' : '';
  const apiKey = process.env[`STRIPE_SECRET_KEY${suffix}`];
  const publishableKey = process.env[`STRIPE_PUBLISHABLE_KEY${suffix}`];
  const clientId = process.env[`STRIPE_CLIENT_ID${suffix}`];
  if (!apiKey) return undefined;
  if (!apiKey.startsWith(`sk_${mode}_`) && !apiKey.startsWith(`rk_${mode}_`)) {
    throw new Error(
      `STRIPE_SECRET_KEY${suffix} is not a ${mode} key: it must begin with sk_${mode}_ or rk_${mode}_.`,
    );
  }
  if (!publishableKey || !clientId) {
    throw new Error(
      `Set STRIPE_PUBLISHABLE_KEY${suffix} and STRIPE_CLIENT_ID${suffix} beside STRIPE_SECRET_KEY${suffix}.`,
    );
  }
  return { apiKey, publishableKey, clientId };
}

type Outputs = Record<string, string>;

/** @returns whether the mode has keys, now or stored before */
async function prepare(mode: Mode, outputs: Outputs): Promise<boolean> {
  const SecretId = outputs[mode === 'test' ? 'StripeSecretTest' : 'StripeSecretLive'];
  const apiUrl = process.env.LOCAL_API_URL ?? outputs.ApiUrl;
  if (!SecretId || !apiUrl) throw new Error('The outputs lack ApiUrl, StripeSecretTest or StripeSecretLive.');
  const given = keysOf(mode);
  const stored = parseSecret((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString);
  const keys = given ?? stored;
  if (!keys) return false;
  const stripe = new Stripe(keys.apiKey, { ...apiBase(process.env.STRIPE_API_BASE), telemetry: false });
  const at = { stripe, deployment: SecretId };
  if (options.remove) {
    const removed = await removeEndpoints(at);
    say(`${mode}: removed ${removed.join(', ') || 'nothing: there was no endpoint of ours'}.`);
    return true;
  }
  const { apiKey, publishableKey, clientId } = keys;
  const { webhookSecrets = { connect: [], platform: [] }, endpointSecrets } = stored ?? {};
  let secret: StripeSecret = {
    apiKey,
    publishableKey,
    clientId,
    webhookSecrets,
    ...(endpointSecrets && { endpointSecrets }),
  };
  const store = async (change: Partial<StripeSecret>) => {
    secret = { ...secret, ...change };
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(secret) }));
  };
  const url = `${apiUrl.replace(/\/$/, '')}/webhooks/stripe/connect`;
  if (JSON.stringify({ ...stored, ...keys }) !== JSON.stringify(stored)) await store({});
  const { kept, made, removed } = await ensureEndpoints(at, url, {
    stored: secret,
    rotate: options.rotate,
    store,
    pause: async () => {
      say(`${mode}: waiting ${options.pause} s for the new secret to be known everywhere ...`);
      await wait(Number(options.pause) * 1000);
    },
  });
  say(
    `${mode}: ${[
      ...(made.length > 0 ? [`made ${made.join(', ')}`] : []),
      ...(kept.length > 0 ? [`kept ${kept.join(', ')}`] : []),
      ...(removed.length > 0 ? [`removed ${removed.join(', ')}`] : []),
    ].join('; ')}; events go to ${url}.`,
  );
  return true;
}

try {
  if (!(Number(options.pause) >= 11))
    throw new Error('--pause must be 11 seconds or more: functions keep secrets for 10.');
  if (options.rotate && options.remove) throw new Error('--rotate and --remove exclude each other.');
  const outputs = stackOutputs(options.outputs);
  const prepared = await Promise.all([prepare('test', outputs), prepare('live', outputs)]);
  if (!prepared.includes(true))
    throw new Error('Stripe has no keys of ours yet: set STRIPE_SECRET_KEY and the others (see --help).');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
