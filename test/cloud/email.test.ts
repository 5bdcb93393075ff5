import {
  BadRequestException,
  MessageRejected,
  NotFoundException,
  SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
  TooManyRequestsException,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Json, list, object } from '../../local/cloud/json.ts';
import { type TestCloud, testCloud, withCaller } from './with-cloud.ts';

let cloud: TestCloud;
let ses: SESv2Client;
const identity = (EmailIdentity: string) => ({
  Type: 'AWS::SES::EmailIdentity',
  Properties: { EmailIdentity },
});
const arn = (path: string) => `arn:aws:ses:us-east-1:000000000000:${path}`;
const allow = (resource: string, condition: Json = {}) => ({
  Effect: 'Allow',
  Action: 'ses:SendEmail',
  Resource: arn(resource),
  Condition: condition,
});

beforeAll(async () => {
  cloud = await testCloud({
    Domain: identity('shop.example'),
    Person: identity('Jo@person.example'),
    Set: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: 'measured' } },
    ...withCaller([
      allow('identity/shop.example', { StringLike: { 'ses:FromAddress': 'orders@*' } }),
      allow('configuration-set/measured'),
    ]),
  });
  ses = new SESv2Client({
    endpoint: cloud.awsUrl,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' },
  });
});
afterAll(() => cloud.stop());
beforeEach(async () => {
  await cloud.control('PUT', '/faults', []);
});

const mail = (to: string) => ({
  FromEmailAddress: 'Shop <orders@shop.example>',
  Destination: { ToAddresses: [to] },
  Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hello you' } } } },
});
const send = (change: Partial<SendEmailCommandInput> = {}) =>
  ses.send(new SendEmailCommand({ ...mail('anna@buyer.example'), ...change }));
const mails = async (to?: string) =>
  list(await cloud.control('GET', to ? `/mail?to=${encodeURIComponent(to)}` : '/mail')).map((one) =>
    object(one),
  );

test('a mail is kept as it was sent, with the time of the cloud, newest first', async () => {
  await cloud.control('POST', '/clock/advance', { by: 'P3D' });
  const { now } = object(await cloud.control('GET', '/clock'));
  const { MessageId } = await send({
    Destination: {
      ToAddresses: ['Anna <Anna@BUYER.example>'],
      CcAddresses: ['c@x.example'],
      BccAddresses: ['b@x.example'],
    },
    ReplyToAddresses: ['help@shop.example'],
    Content: {
      Simple: {
        Subject: { Data: 'Ihr Abonnement läuft', Charset: 'UTF-8' },
        Body: { Text: { Data: 'Grüße', Charset: 'UTF-8' }, Html: { Data: '<p>Gr&uuml;&szlig;e</p>' } },
      },
    },
    EmailTags: [{ Name: 'kind', Value: 'receipt' }],
    ConfigurationSetName: 'measured',
  });
  await send({ Destination: { ToAddresses: ['other@buyer.example'] } });
  const [newest, first] = await mails();
  expect(newest).toMatchObject({
    to: ['other@buyer.example'],
    subject: 'Hello',
    text: 'Hello you',
    html: null,
  });
  expect(first).toEqual({
    id: MessageId,
    to: ['Anna <Anna@BUYER.example>'],
    cc: ['c@x.example'],
    bcc: ['b@x.example'],
    from: 'Shop <orders@shop.example>',
    replyTo: ['help@shop.example'],
    subject: 'Ihr Abonnement läuft',
    text: 'Grüße',
    html: '<p>Gr&uuml;&szlig;e</p>',
    tags: { kind: 'receipt' },
    at: expect.any(String),
  });
  expect(Date.parse(String(first?.at))).toBeGreaterThanOrEqual(Date.parse(String(now)));
  expect((await mails('Anna@buyer.example')).map(({ id }) => id)).toEqual([MessageId]);
  expect((await mails('b@x.example')).map(({ id }) => id)).toEqual([MessageId]);
  expect(await mails('nobody')).toEqual([]);
});

test('only a declared identity may send: a domain with its subdomains, an address with its labels', async () => {
  for (const FromEmailAddress of ['a@news.shop.example', 'Jo@person.example', 'Jo+news@PERSON.example']) {
    await send({ FromEmailAddress });
  }
  for (const FromEmailAddress of ['jo@person.example', 'a@notshop.example', 'a@example.com']) {
    const refused = await send({ FromEmailAddress }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MessageRejected);
    expect(String(refused)).toContain(
      `Email address is not verified. The following identities failed the check`,
    );
    expect(String(refused)).toContain(`US-EAST-1: ${FromEmailAddress}`);
  }
});

const text = (Data: string) => ({ Data });
const refused: [what: string, change: Partial<SendEmailCommandInput>, message: string][] = [
  ['no recipient', { Destination: {} }, 'at least one recipient'],
  ['51 recipients', { Destination: { ToAddresses: Array(51).fill('a@x.example') } }, 'Recipient count'],
  ['no address', { Destination: { ToAddresses: ['anna'] } }, "Missing final '@domain'"],
  ['an illegal domain', { Destination: { ToAddresses: ['anna@b_x'] } }, 'Domain contains'],
  ['two addresses in one', { Destination: { ToAddresses: ['a@x.example, b@x.example'] } }, 'Local address'],
  ['no body', { Content: { Simple: { Subject: text('x'), Body: {} } } }, 'Text or Html'],
  [
    'umlauts without charset',
    { Content: { Simple: { Subject: text('ü'), Body: { Text: text('x') } } } },
    '7-bit',
  ],
  [
    'an unknown charset',
    { Content: { Simple: { Subject: { Data: 'x', Charset: 'klingon' }, Body: { Text: text('x') } } } },
    'Unknown charset',
  ],
  ['a template', { Content: { Template: { TemplateName: 'x' } } }, 'Content.Template is not known locally'],
  ['a raw message', { Content: { Raw: { Data: Buffer.from('x') } } }, 'Content.Raw is not known locally'],
  [
    'list management',
    { ListManagementOptions: { ContactListName: 'x' } },
    'ListManagementOptions is not known',
  ],
  ['a tag with a blank', { EmailTags: [{ Name: 'a b', Value: 'x' }] }, 'Invalid tag'],
];
test.each(refused)('%s is a BadRequestException', async (_what, change, message) => {
  const error = await send(change).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BadRequestException);
  expect(String(error)).toContain(message);
});

test('an undeclared configuration set is a NotFoundException', async () => {
  await expect(send({ ConfigurationSetName: 'nobody' })).rejects.toBeInstanceOf(NotFoundException);
});

test('a function sends what its role allows: identity, configuration set and conditions', async () => {
  const as = (change: { [key: string]: Json }) =>
    cloud.as('ses', 'SendEmail', { ...mail('role@buyer.example'), ...change });
  expect(await as({ ConfigurationSetName: 'measured' })).toMatchObject({ status: 200 });
  const denied = (resource: string) => ({
    status: 403,
    name: 'AccessDeniedException',
    message: expect.stringContaining(`ses:SendEmail on resource: ${arn(resource)}`),
  });
  expect(await as({ FromEmailAddress: 'owner@shop.example' })).toEqual(denied('identity/shop.example'));
  expect(await as({ FromEmailAddress: 'Jo@person.example' })).toEqual(denied('identity/Jo@person.example'));
  expect(await as({ ConfigurationSetName: 'other' })).toEqual(denied('configuration-set/other'));
  expect(await mails('role@buyer.example')).toHaveLength(1);
});

test('faults strike, and calls are counted', async () => {
  const fault = (kind: string) =>
    cloud.control('PUT', '/faults', [{ target: 'ses', kind, operation: 'SendEmail', count: 1 }]);
  await fault('throttle');
  await expect(send()).rejects.toBeInstanceOf(TooManyRequestsException);
  await fault('error');
  await expect(send()).rejects.toMatchObject({ name: 'InternalServiceErrorException' });
  await send();
  const { calls } = object(await cloud.control('GET', '/metrics'));
  const counted = list(calls).map((one) => object(one));
  expect(counted).toContainEqual(
    expect.objectContaining({ function: 'operator', service: 'ses', operation: 'SendEmail' }),
  );
});

test('another path of SES is refused by name', async () => {
  const answer = await fetch(`${cloud.awsUrl}/v2/email/identities`, {
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=LOCALOPERATOR/x' },
  });
  expect(answer.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
  expect(await answer.json()).toEqual({ message: 'GET /v2/email/identities is not implemented locally.' });
});
