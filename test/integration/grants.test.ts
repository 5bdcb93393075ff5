import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../../local/cloud/cloud.ts';
import { call } from '../support/seller.ts';

type Template = {
  Resources: Record<
    string,
    {
      Type: string;
      Properties: { Policies?: { PolicyDocument: { Statement: { Action: string | string[] }[] } }[] };
    }
  >;
};

const directory = mkdtempSync(join(tmpdir(), 'connector-grants-'));
const original = join(directory, 'cdk.out');
beforeAll(() => {
  // Addresses in the templates are not used here: no token is checked and Stripe is not called.
  execFileSync(process.execPath, ['scripts/synth.ts', '--stage', 'local', '--output', original, '--quiet']);
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The product's own assembly with one change to the service stack's template. */
function changed(name: string, change: (template: Template) => void): string {
  const assembly = join(directory, name);
  cpSync(original, assembly, { recursive: true });
  const file = readdirSync(assembly).find((one) => one === 'Connector-local.template.json') ?? '';
  const template: Template = JSON.parse(readFileSync(join(assembly, file), 'utf8'));
  change(template);
  writeFileSync(join(assembly, file), JSON.stringify(template));
  return assembly;
}

test('a grant deleted from the template is an AccessDenied that names function, action and resource', async () => {
  const assembly = changed('no-read', ({ Resources }) => {
    const [, role] =
      Object.entries(Resources).find(
        ([id, { Type }]) => Type === 'AWS::IAM::Role' && id.includes('GetPricing'),
      ) ?? [];
    for (const { PolicyDocument } of role?.Properties.Policies ?? []) {
      PolicyDocument.Statement = PolicyDocument.Statement.filter(
        ({ Action }) => !Action.includes('dynamodb:BatchGetItem'),
      );
    }
  });
  const dataDirectory = join(directory, 'data-1');
  const cloud: Cloud = await startCloud({ assembly, dataDirectory });
  try {
    const reply = await call<{ code: string }>('GET', `${cloud.apiUrl}/api/widget/w/stripe/pricing`);
    expect(reply).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    const name = cloud.names.functions.find((one) => one.includes('GetPricing')) ?? '';
    const log = () => readFileSync(join(dataDirectory, 'logs/functions', `${name}.log`), 'utf8');
    // The log is written beside the answer.
    await expect.poll(log).toContain('AccessDenied');
    expect(log()).toMatch(
      /RestGetPricing\S* is not authorized to perform: dynamodb:BatchGetItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table\/Connector-local-Data-Table/,
    );
  } finally {
    await cloud.stop();
  }
});

test('an unknown resource type stops the start, which names it', async () => {
  const assembly = changed('unknown-type', ({ Resources }) => {
    Resources.Ship = { Type: 'AWS::Maritime::Ship', Properties: {} };
  });
  await expect(startCloud({ assembly, dataDirectory: join(directory, 'data-2') })).rejects.toThrow(
    /AWS::Maritime::Ship.*Ship/,
  );
});
