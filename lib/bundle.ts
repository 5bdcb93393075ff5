import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import { consumers } from '../shared/contract/consumers.ts';
import { kebab } from '../shared/contract/define.ts';
import { endpoints } from '../shared/contract/endpoints.ts';
import { jobs } from '../shared/contract/jobs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** This process's own: several stages may be made side by side. CDK copies what it needs into its assembly. */
export const bundleDirectory = join(root, `build/functions-${process.pid}`);
const remove = () => rmSync(bundleDirectory, { recursive: true, force: true });

/** Every function of the product as `<folder>/<kebab-id>`, which is also its source file under `functions/`. */
export const functionPaths = (): string[] => [
  'auth/authorizer',
  'public/preflight',
  ...Object.values(endpoints).map((endpoint) => `${endpoint.area}/${kebab(endpoint.id)}`),
  'streams/relay-outbox',
  ...Object.values(consumers).map((consumer) => `consumers/${kebab(consumer.id)}`),
  ...Object.values(jobs).map((job) => `jobs/${kebab(job.id)}`),
];

/**
 * Lambda gives credentials in the environment, so the SDK's default chain (SSO, profiles, processes, instance
 * metadata: 190 kB in every function) is replaced by its environment provider.
 */
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'credential-provider-node',
      namespace: 'environment-credentials',
      pluginData: { resolveDir },
    }));
    onLoad({ filter: /.*/, namespace: 'environment-credentials' }, ({ pluginData }) => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: pluginData.resolveDir,
    }));
  },
};

/** Areas and resources of Stripe that have nothing to do with selling access: 40 % of the SDK. */
const unusedAreas =
  'Apps Climate Crypto Entitlements FinancialConnections Forwarding Identity Issuing ProductCatalog Radar Reporting Reserve Sigma Terminal TestHelpers Treasury V2/Billing V2/Commerce V2/MoneyManagement V2/TestHelpers'.split(
    ' ',
  );
const unusedResources =
  'ApplePayDomains BankAccounts Capabilities Cards ConfirmationTokens ConnectCollectionTransfers CountrySpecs EphemeralKeys ExchangeRates ExternalAccounts FileLinks Files LoginLinks Mandates PaymentAttemptRecords PaymentLinks PaymentMethodDomains PaymentRecords Persons Plans Quotes Reviews ShippingRates Sources Tokens Topups AccountLinks AccountSessions BalanceSettings InvoiceRenderingTemplates SetupAttempts SubscriptionItems ThreeDSecure/Authentications V2/Core/Accounts V2/Core/Accounts/.* V2/Core/Vault/.*'.split(
    ' ',
  );

const unusedAnywhere = new RegExp(
  `stripe/esm/(StripeEventNotificationHandler|resources/(${unusedAreas.join('|')})/.*|resources/(${unusedResources.join('|')}))\\.js$`,
);
const onlyResources = (...names: string[]): RegExp =>
  new RegExp(`stripe/esm/(StripeEventNotificationHandler|resources/(?!(${names.join('|')})\\.js$).*)\\.js$`);
/** Functions that have another large client beside Stripe's, and all they use of it. */
const fewResources: Record<string, RegExp> = {
  'consumers/send-mail': onlyResources('Invoices', 'PaymentMethods'),
  'consumers/send-alert': onlyResources('Accounts'),
  'consumers/expand-event': onlyResources('Events'),
  'consumers/reconcile-account': onlyResources(
    ...'Accounts Disputes Events InvoicePayments Invoices Refunds Subscriptions'.split(' '),
  ),
};

/** Leaves parts of Stripe's client out of the bundles. Using one all the same fails at once and names it. */
const stripeWithout = (unused: RegExp): Plugin => ({
  name: 'stripe-without',
  setup({ onLoad }) {
    // esbuild's own filters know no look-ahead.
    onLoad({ filter: /stripe\/esm\/.*\.js$/ }, async ({ path }) => {
      if (!unused.test(path)) return undefined;
      const names = [...(await readFile(path, 'utf8')).matchAll(/^export class (\w+)/gm)].map(
        ([, name]) => name,
      );
      const area = path.split('/esm/')[1];
      const contents = names.map(
        (name) =>
          `export class ${name} { constructor() { return new Proxy(this, { get() { throw new Error('${area} is left out of the bundles') } }) } }`,
      );
      return { contents: contents.join('\n') };
    });
  },
});

/** None of the operations we call streams events: their coders (15 kB in every function) are left out. */
const withoutEventStreams: Plugin = {
  name: 'without-event-streams',
  setup({ onLoad }) {
    onLoad({ filter: /@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/ }, () => ({
      contents: `export class EventStreamSerde { constructor() { throw new Error('event streams are left out of the bundles') } }`,
    }));
  },
};

/**
 * esbuild keeps the schema of every operation of SES, as it cannot know that they do nothing; only one is used. What
 * that one does not lead to is left out.
 */
const onlySendEmail: Plugin = {
  name: 'only-send-email',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-sesv2\/dist-es\/schemas\/schemas_0\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const statements = text.split(/^(?=export |var |const |import |\w+_registry\.)/m);
      const nameOf = (statement: string) => /^export var (\w+\$) =/.exec(statement)?.[1];
      const byName = new Map(statements.flatMap((one) => (nameOf(one) ? [[nameOf(one) ?? '', one]] : [])));
      const wanted = new Set<string>();
      const visit = (statement: string) => {
        for (const [name] of statement.matchAll(/\w+\$(?!\w)/g)) {
          if (wanted.has(name)) continue;
          wanted.add(name);
          visit(byName.get(name) ?? '');
        }
      };
      visit('SendEmail$');
      for (const statement of statements) if (!nameOf(statement)) visit(statement);
      const contents = statements.map((one) => {
        const name = nameOf(one);
        return name && !wanted.has(name) ? `export var ${name};\n` : one;
      });
      return { contents: contents.join('') };
    });
  },
};

/** CommonJS loads faster than ESM on Lambda (local.md 8). One esbuild call for all, and one for each that is leaner. */
export async function bundleFunctions(paths = functionPaths()): Promise<Metafile> {
  const missing = paths.filter((path) => !existsSync(join(root, `functions/${path}.ts`)));
  if (missing.length > 0) {
    throw new Error(
      `The contract names functions without a file: ${missing.map((path) => `functions/${path}.ts`).join(', ')}`,
    );
  }
  remove();
  process.once('exit', remove);
  const lean = paths.filter((path) => fewResources[path]);
  const rest = paths.filter((path) => !fewResources[path]);
  const made = await Promise.all([
    ...(rest.length > 0 ? [bundle(rest, unusedAnywhere)] : []),
    ...lean.map((path) => bundle([path], fewResources[path] ?? unusedAnywhere)),
  ]);
  // Whatever folder an assembly lies in (this project's own says "type": "module"), a function is CommonJS.
  for (const path of paths) writeFileSync(join(bundleDirectory, path, 'package.json'), '{"type":"commonjs"}');
  return {
    inputs: Object.assign({}, ...made.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...made.map(({ outputs }) => outputs)),
  };
}

async function bundle(paths: string[], unused: RegExp): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: paths.map((path) => ({ in: `functions/${path}.ts`, out: `${path}/index` })),
    outdir: bundleDirectory,
    bundle: true,
    minify: true,
    keepNames: false,
    sourcemap: 'linked',
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    conditions: ['module', 'import'],
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [environmentCredentials, stripeWithout(unused), withoutEventStreams, onlySendEmail],
  });
  return metafile;
}
