import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { writeAssembly } from './assembly.ts';
import { callsOf, temporary } from './with-cloud.ts';

const program = fileURLToPath(new URL('./cloud-process.ts', import.meta.url));

async function startProcess(assembly: string, data: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, assembly, data],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (!child.stdout) throw new Error('no output');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const urls: { apiUrl: string; controlUrl: string; awsUrl: string } = JSON.parse(String(line));
  const credentials = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' };
  const settings = { endpoint: urls.awsUrl, region: 'us-east-1', credentials };
  const sqs = new SQSClient(settings);
  return {
    child,
    sqs,
    ses: new SESv2Client(settings),
    queue: `${urls.awsUrl}/000000000000/Service-Dead`,
    ...callsOf(urls),
  };
}

test('what was acknowledged survives kill -9 of the cloud: a message, a mail, and an order on its way to the consumer', async () => {
  const directory = temporary();
  const Domain = { Type: 'AWS::SES::EmailIdentity', Properties: { EmailIdentity: 'shop.example' } };
  const assembly = writeAssembly(join(directory, 'cdk.out'), { Domain });
  const first = await startProcess(assembly, join(directory, 'data'));
  await first.sqs.send(new SendMessageCommand({ QueueUrl: first.queue, MessageBody: 'kept' }));
  const mail = {
    FromEmailAddress: 'a@shop.example',
    Destination: { ToAddresses: ['b@buyer.example'] },
    Content: { Simple: { Subject: { Data: 'kept' }, Body: { Text: { Data: 'kept' } } } },
  };
  await first.ses.send(new SendEmailCommand(mail));
  await first.control('PUT', '/faults', [
    { target: 'lambda', operation: 'consumer', kind: 'error', rate: 1 },
  ]);
  expect((await first.order('kept')).status).toBe(200);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await startProcess(assembly, join(directory, 'data'));
  const { Messages } = await second.sqs.send(new ReceiveMessageCommand({ QueueUrl: second.queue }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['kept']);
  expect(await second.control('GET', '/mail')).toMatchObject([{ subject: 'kept' }]);
  await second.control('POST', '/clock/advance', { by: 'PT5M' });
  expect(await second.seen('kept')).toBe(1);
  second.child.kill('SIGKILL');
  await once(second.child, 'exit');
  rmSync(directory, { recursive: true, force: true });
});
