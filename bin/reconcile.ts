import { setTimeout as wait } from 'node:timers/promises';
import type { Mode } from '../shared/contract/schemas.ts';
import type { Difference, Reconciliation } from '../shared/domain/reconciliation.ts';
import { publish } from '../shared/runtime/bus.ts';
import { keys, shardNames } from '../shared/store/keys.ts';
import { openTable, type Table } from '../shared/store/table.ts';
import { commandLine } from './command-line.ts';
import { stackOutputs } from './outputs.ts';

const help = `Compares connected accounts with what the connector knows of them, and mends what differs.
The stack does it itself once a day; this asks for it now, waits for it and shows what was found.

usage: npm run reconcile -- [OPTION ...]

options
  --org ID         only this organisation                  [every one]
  --mode MODE      test or live                            [test]
  --since DAYS     looks for missed events of so many days, at most 30   [since the last complete run]
  --dry-run        reports, and mends nothing
  --outputs FILE   the stack's outputs: of "cdk deploy --outputs-file", or endpoints.json of npm start
                   [STACK_OUTPUTS, else cdk-outputs.json]
  --json           answers JSON
  --help           this

Credentials, AWS_REGION and AWS_ENDPOINT_URL are those of the AWS SDK: it reads the table and puts events on the bus.
`;

const { values: options } = commandLine(help, {
  options: {
    org: { type: 'string' },
    mode: { type: 'string', default: 'test' },
    since: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    outputs: { type: 'string', default: 'cdk-outputs.json' },
    json: { type: 'boolean', default: false },
  },
});
/** A message that met another run is dropped: it is sent again. */
const askAgainMs = 20_000;
const lookMs = 500;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`\r${line}   `));

async function accountsOf(table: Table, mode: Mode): Promise<string[]> {
  if (options.org) {
    const { connection } = await table.read({ connection: keys.connection(mode, options.org) });
    if (!connection) throw new Error(`--org: ${options.org} has no account connected in ${mode} mode.`);
    return [connection.stripeAccount];
  }
  const pages = await Promise.all(
    shardNames.map((shard) => table.query({ like: keys.accountList(mode, shard), prefix: 'ACCOUNT#' })),
  );
  return pages.flat().map(({ account }) => account);
}

type Run = { account: string; state: Reconciliation; differences: Difference[] };

async function reconcile(table: Table, mode: Mode, account: string, runId: string): Promise<Run> {
  const since = options.since && Math.floor(Date.now() / 1000) - Number(options.since) * 86_400;
  const object = { runId, slice: 0, ...(since && { since }), dryRun: options['dry-run'] };
  let asked = 0;
  for (;;) {
    const { state } = await table.read({ state: keys.reconciliation(mode, account) });
    if (state?.runId === runId && state.phase === 'done') {
      const like = keys.difference(mode, account, runId, '');
      return { account, state, differences: await table.query({ like, prefix: like.SK }) };
    }
    if (state?.runId === runId) progress(`${account}: ${state.phase}, ${state.compared} compared`);
    else if (Date.now() - asked > askAgainMs) {
      asked = Date.now();
      const created = Math.floor(Date.now() / 1000);
      const event = { id: `own_${runId}-${account}`, type: 'account.reconcile', created };
      await publish('connector', [{ ...event, livemode: mode === 'live', account, data: { object } }]);
    }
    await wait(lookMs);
  }
}

function report({ account, state, differences }: Run): void {
  const sent = state.dryRun ? 'would be sent again' : 'sent again';
  say(
    `${account}: ${state.compared} compared, ${state.replayed} events ${sent}, ${state.differences} differences`,
  );
  for (const { kind, object, ours, theirs, action } of differences) {
    say(`  ${kind} ${object} (${action})`);
    say(`    ours    ${ours}`);
    say(`    Stripe  ${theirs}`);
  }
}

async function main(): Promise<void> {
  const { mode, since } = options;
  if (mode !== 'test' && mode !== 'live') throw new Error(`--mode: "${mode}" is neither test nor live.`);
  if (since !== undefined && !(Number(since) > 0 && Number(since) <= 30))
    throw new Error(`--since: "${since}" is no number of days from 1 to 30.`);
  const { TableName, EventBusName } = stackOutputs(options.outputs);
  if (!TableName || !EventBusName)
    throw new Error(
      `${options.outputs} names no TableName and EventBusName: give the outputs of this stack.`,
    );
  process.env.EVENT_BUS_NAME = EventBusName;
  const table = openTable(TableName);
  const runId = `manual-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  const accounts = await accountsOf(table, mode);
  const runs: Run[] = [];
  for (const account of accounts) {
    const run = await reconcile(table, mode, account, runId);
    runs.push(run);
    progress('');
    if (!options.json) report(run);
  }
  if (options.json) say(JSON.stringify({ runId, mode, accounts: runs }, null, 2));
  else if (accounts.length === 0) say(`No account was ever connected in ${mode} mode.`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
