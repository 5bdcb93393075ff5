import { appendFileSync } from 'node:fs';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { commandLine } from './command-line.ts';

const help = `Shows and settles the messages that a consumer could not do, and says why.

usage: npm run dead-letters -- COMMAND [QUEUE] [OPTION ...]

  list                    every dead-letter queue: messages, the oldest, reasons
  inspect QUEUE           each message: event, account, attempts, reason; never its contents
  redrive QUEUE|--all     sends them back to where they came from (a process killed in between sends one twice: harmless)
  discard QUEUE --yes     deletes them, after writing them to the file of --keep

QUEUE is a name, or the part of one that says what it does, such as RecordPayment.

options
  --stack NAME            queues whose names begin so   [CONNECTOR_STACK, else Connector-]
  --message ID            only this message
  --reason TEXT           only messages whose reason holds this
  --rate N                at most N a second            [20]
  --keep FILE             where discard writes what it deletes, a line of JSON each   [dead-letters.jsonl]
  --dry-run               says what would be done, and does nothing
  --json                  answers JSON
  --help                  this

AWS_REGION, AWS_ENDPOINT_URL and credentials are those of the AWS SDK; npm start prints them for this machine.
`;

const { values: options, positionals } = commandLine(help, {
  allowPositionals: true,
  options: {
    stack: { type: 'string', default: process.env.CONNECTOR_STACK ?? 'Connector-' },
    message: { type: 'string' },
    reason: { type: 'string' },
    rate: { type: 'string', default: '20' },
    keep: { type: 'string', default: 'dead-letters.jsonl' },
    all: { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
/** Long enough to look at them all, and over before anybody misses them: what is seen is given back at once. */
const lookSeconds = 120;
const sqs = new SQSClient({});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`\r${line}   `));

type Letter = {
  id: string;
  receipt: string;
  body: string;
  attributes: NonNullable<Message['MessageAttributes']>;
  sentAt: string;
  receives: number;
};
type Queue = { name: string; url: string };

const nameOf = (url: string): string => url.split('/').at(-1) ?? url;
const text = ({ attributes }: Letter, name: string): string => attributes[name]?.StringValue ?? '';
/** What SQS moved by itself has no reason: the function died or ran out of time. */
const reasonOf = (letter: Letter): string =>
  text(letter, 'Reason') || text(letter, 'ERROR_CODE') || 'no answer (crash or timeout)';

function eventOf(letter: Letter): { type: string; id: string; account: string } {
  try {
    const { detail = {} } = JSON.parse(letter.body);
    return {
      type: String(detail.type ?? '-'),
      id: String(detail.id ?? '-'),
      account: String(detail.account ?? '-'),
    };
  } catch {
    return { type: '-', id: '-', account: '-' };
  }
}

async function deadLetterQueues(wanted?: string): Promise<Queue[]> {
  const urls: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sqs.send(
      new ListQueuesCommand({
        QueueNamePrefix: options.stack,
        MaxResults: 1000,
        ...(NextToken && { NextToken }),
      }),
    );
    urls.push(...(page.QueueUrls ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  const queues = urls
    .filter((url) => nameOf(url).includes('DeadLetters'))
    .map((url) => ({ url, name: nameOf(url) }))
    .filter(({ name }) => !wanted || name.toLowerCase().includes(wanted.toLowerCase()));
  if (wanted && queues.length !== 1)
    throw new Error(
      queues.length === 0
        ? `No dead-letter queue is called ${wanted}; "list" shows them.`
        : `${wanted} may be any of: ${queues.map(({ name }) => name).join(', ')}`,
    );
  return queues;
}

/** Every message that is visible, each once; given back afterwards unless it was settled. */
async function lettersOf({ url }: Queue): Promise<Letter[]> {
  const found = new Map<string, Letter>();
  for (let empty = 0; empty < 2; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: lookSeconds,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
      }),
    );
    empty = Messages.length === 0 ? empty + 1 : 0;
    for (const {
      MessageId = '',
      ReceiptHandle = '',
      Body = '',
      MessageAttributes = {},
      Attributes = {},
    } of Messages)
      found.set(MessageId, {
        id: MessageId,
        receipt: ReceiptHandle,
        body: Body,
        attributes: MessageAttributes,
        sentAt: new Date(Number(Attributes.SentTimestamp)).toISOString(),
        receives: Number(Attributes.ApproximateReceiveCount),
      });
    progress(`${found.size} messages read`);
  }
  return [...found.values()].sort((one, other) => one.sentAt.localeCompare(other.sentAt));
}

const giveBack = async ({ url }: Queue, letters: Letter[]): Promise<void> => {
  for (const { receipt } of letters)
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout: 0 }),
    );
};
const chosen = (letters: Letter[]): Letter[] =>
  letters.filter(
    (letter) =>
      (!options.message || letter.id === options.message) &&
      (!options.reason || reasonOf(letter).toLowerCase().includes(options.reason.toLowerCase())),
  );

async function list(): Promise<void> {
  const rows = [];
  for (const queue of await deadLetterQueues()) {
    const letters = await lettersOf(queue);
    await giveBack(queue, letters);
    const reasons: Record<string, number> = {};
    for (const letter of letters) reasons[reasonOf(letter)] = (reasons[reasonOf(letter)] ?? 0) + 1;
    rows.push({ queue: queue.name, messages: letters.length, oldest: letters[0]?.sentAt ?? null, reasons });
  }
  if (options.json) return say(JSON.stringify(rows, null, 2));
  for (const { queue, messages, oldest, reasons } of rows) {
    say(`${String(messages).padStart(6)}  ${queue}${oldest ? `  since ${oldest}` : ''}`);
    for (const [reason, count] of Object.entries(reasons)) say(`        ${count} x ${reason}`);
  }
  if (rows.every(({ messages }) => messages === 0)) say('Nothing waits.');
}

async function inspect(wanted: string): Promise<void> {
  for (const queue of await deadLetterQueues(wanted)) {
    const all = await lettersOf(queue);
    await giveBack(queue, all);
    const letters = chosen(all).map((letter) => ({
      message: letter.id,
      ...eventOf(letter),
      reason: reasonOf(letter),
      permanent: text(letter, 'Permanent') === 'true',
      attempts: Number(text(letter, 'Attempts') || letter.receives),
      firstFailedAt: text(letter, 'FirstFailedAt') || letter.sentAt,
      failedAt: text(letter, 'FailedAt') || null,
    }));
    if (options.json) say(JSON.stringify(letters, null, 2));
    else
      for (const {
        message,
        type,
        id,
        account,
        reason,
        permanent,
        attempts,
        firstFailedAt,
        failedAt,
      } of letters)
        say(
          `${message}\n  ${type} ${id} of ${account}\n  ${reason}${permanent ? ' (never succeeds)' : ''}\n  ${attempts} attempts, ${firstFailedAt} to ${failedAt ?? 'unknown'}`,
        );
  }
}

/** Does something with each chosen message, at the rate asked for, and deletes it then. */
async function settle(queue: Queue, verb: string, each: (letter: Letter) => Promise<void>): Promise<number> {
  const all = await lettersOf(queue);
  const letters = chosen(all);
  if (options['dry-run']) {
    await giveBack(queue, all);
    say(`would ${verb} ${letters.length} of ${all.length} in ${queue.name}`);
    return 0;
  }
  await giveBack(
    queue,
    all.filter((letter) => !letters.includes(letter)),
  );
  const pause = 1000 / Math.max(1, Number(options.rate));
  for (const [index, letter] of letters.entries()) {
    await each(letter);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: letter.receipt }));
    progress(`${verb}: ${index + 1} of ${letters.length}`);
    await new Promise((next) => setTimeout(next, pause));
  }
  say(`${verb}: ${letters.length} of ${all.length} in ${queue.name}`);
  return letters.length;
}

async function redrive(wanted: string | undefined): Promise<void> {
  if (!wanted && !options.all) throw new Error('Name a queue, or say --all.');
  for (const queue of await deadLetterQueues(wanted)) {
    const { queueUrls = [] } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: queue.url }));
    const [QueueUrl] = queueUrls;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    if (Attributes?.ApproximateNumberOfMessages === '0') continue;
    // A stream's letters name records; the entries themselves are in the table still (docs/runbook.md).
    if (!QueueUrl) {
      say(`${queue.name} has no queue to go back to: see docs/runbook.md.`);
      continue;
    }
    // Back without the reason: what fails again gets its own.
    await settle(queue, 'redrive', async ({ body }) => {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
    });
  }
}

async function discard(wanted: string): Promise<void> {
  if (!options.yes && !options['dry-run'])
    throw new Error('This deletes messages: add --yes, or --dry-run to see which.');
  for (const queue of await deadLetterQueues(wanted)) {
    const count = await settle(queue, 'discard', async (letter) => {
      appendFileSync(options.keep, `${JSON.stringify({ queue: queue.name, ...letter })}\n`);
    });
    if (count > 0) say(`kept in ${options.keep}`);
  }
}

const [command, wanted] = positionals;
try {
  if (!command) say(help);
  else if (command === 'list') await list();
  else if (command === 'redrive') await redrive(wanted);
  else if (command === 'inspect' && wanted) await inspect(wanted);
  else if (command === 'discard' && wanted) await discard(wanted);
  else throw new Error(`"${positionals.join(' ')}" is no command: see --help.`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
