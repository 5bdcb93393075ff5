import { rmSync } from 'node:fs';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, test } from 'vitest';
import { consumers } from '../shared/contract/consumers.ts';
import type { Consumer, Endpoint } from '../shared/contract/define.ts';
import { endpoints } from '../shared/contract/endpoints.ts';
import { jobs } from '../shared/contract/jobs.ts';
import { connectorApp } from './app.ts';
import { bundleFunctions } from './bundle.ts';
import { loadConfig } from './config.ts';

type Resource = { Type: string; Properties: Record<string, unknown> };
const tls13 = { SecurityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09', EndpointAccessMode: 'STRICT' };

beforeAll(() => bundleFunctions(), 60_000);

function synth(stage: string) {
  const { app, data, service } = connectorApp(loadConfig(stage, {}));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
  const stacks = {
    data: Template.fromStack(data),
    service: Template.fromStack(service),
    terminationProtection: data.terminationProtection,
  };
  rmSync(app.outdir, { recursive: true, force: true });
  return stacks;
}

describe.each(['local', 'dev', 'prod'])('stage %s', (stage) => {
  let stacks: ReturnType<typeof synth>;
  beforeAll(() => {
    // Synthesis throws on an unexplained finding of cdk-nag.
    stacks = synth(stage);
  }, 60_000);
  const resources = (): Resource[] =>
    [stacks.data, stacks.service].flatMap((stack) => Object.values(stack.toJSON().Resources) as Resource[]);

  test('the table has recovery, a key of ours and, where data matters, deletion protection', () => {
    stacks.data.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      Replicas: [
        Match.objectLike({
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
          SSESpecification: { KMSMasterKeyId: Match.anyValue() },
          DeletionProtectionEnabled: stage !== 'local',
        }),
      ],
    });
    expect(stacks.terminationProtection).toBe(stage !== 'local');
  });

  test('the API, and the domain where there is one, speak TLS 1.3 only (R8.1)', () => {
    stacks.service.hasResourceProperties('AWS::ApiGateway::RestApi', tls13);
    if (stage === 'prod') stacks.service.hasResourceProperties('AWS::ApiGateway::DomainName', tls13);
    stacks.service.resourceCountIs('AWS::WAFv2::WebACLAssociation', 1);
  });

  test('every queue that is no dead-letter queue has one, and so has every rule target', () => {
    const queues = resources().filter((one) => one.Type === 'AWS::SQS::Queue');
    // Outbox and jobs have a dead-letter queue of their own, and no queue before it.
    expect(queues.filter((queue) => queue.Properties.RedrivePolicy)).toHaveLength((queues.length - 2) / 2);
    const targets = resources()
      .filter((one) => one.Type === 'AWS::Events::Rule')
      .flatMap((rule) => rule.Properties.Targets as { DeadLetterConfig?: object }[]);
    expect(targets).toHaveLength(Object.keys(consumers).length + Object.keys(jobs).length);
    expect(targets.every((target) => target.DeadLetterConfig)).toBe(true);
  });

  test('no role has a wildcard action, nor scans or deletes items', () => {
    const statements = resources()
      .filter((one) => one.Type === 'AWS::IAM::Role')
      .flatMap(
        (role) =>
          (role.Properties.Policies ?? []) as {
            PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] };
          }[],
      )
      .flatMap((policy) => policy.PolicyDocument.Statement);
    const actions = statements.flatMap((statement) => statement.Action);
    expect(actions.length).toBeGreaterThan(20);
    expect(
      actions.filter((action) => action.includes('*') || /Scan|Delete(Item|Table)/.test(action)),
    ).toEqual([]);
    expect(statements.filter((statement) => statement.Resource === '*')).toEqual([]);
  });

  test('every log group ends, every function logs JSON to one of them', () => {
    expect(
      resources()
        .filter((one) => one.Type === 'AWS::Logs::LogGroup')
        .every((group) => group.Properties.RetentionInDays),
    ).toBe(true);
    const functions = resources().filter((one) => one.Type === 'AWS::Lambda::Function');
    expect(functions).toHaveLength(
      Object.keys(endpoints).length + Object.keys(consumers).length + Object.keys(jobs).length + 3,
    );
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogFormat: 'JSON', LogGroup: expect.anything() },
      });
    }
  });
});

test('a partner event source hands its events on to our bus, whose rules take them', () => {
  const partnerEventSource = 'aws.partner/stripe.com/ed_test_1';
  const { app, service } = connectorApp({ ...loadConfig('prod', {}), partnerEventSource });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
  const template = Template.fromStack(service);
  rmSync(app.outdir, { recursive: true, force: true });
  template.hasResourceProperties('AWS::Events::EventBus', { EventSourceName: partnerEventSource });
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: [{ prefix: 'aws.partner/stripe.com/' }] },
    Targets: [{ DeadLetterConfig: Match.anyValue(), RoleArn: Match.anyValue() }],
  });
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['stripe.connect', { prefix: 'aws.partner/stripe.com/' }],
      'detail-type': Match.arrayWith(['invoice.payment_succeeded']),
    },
  });
}, 60_000);

test('60 endpoints and 30 consumers fit into one stack', () => {
  const many = <T extends { id: string }>(one: T, count: number): T[] =>
    Array.from({ length: count }, (_, index) => ({ ...one, id: `${one.id}${index}` }));
  const endpoint: Endpoint = endpoints.createSubscription;
  const consumer: Consumer = consumers.applySubscription;
  const contract = {
    endpoints: many(endpoint, 60).map((one, index) => ({ ...one, path: `/x/${index}` as const })),
    consumers: many(consumer, 30),
  };
  const { app, service } = connectorApp(loadConfig('prod', {}), {
    contract,
    codePath: () => 'widget/get-access',
  });
  const count = Object.keys(Template.fromStack(service).toJSON().Resources).length;
  rmSync(app.outdir, { recursive: true, force: true });
  expect(count).toBeLessThanOrEqual(500);
}, 60_000);
