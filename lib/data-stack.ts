import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from './config.ts';

/** What must survive: the table, the keys, the secrets. */
export class DataStack extends Stack {
  readonly table: TableV2;
  readonly secrets: { test: Secret; live: Secret };
  /** Only where the stage sends mail. */
  readonly mail?: { from: string; identityArn: string };

  constructor(scope: Construct, id: string, { config, ...props }: StackProps & { config: StageConfig }) {
    super(scope, id, { ...props, terminationProtection: config.protectData });
    const removalPolicy = config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const tableKey = this.#key('TableKey', 'dynamodb', removalPolicy);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'PK', type: AttributeType.STRING },
      sortKey: { name: 'SK', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.customerManagedKey(tableKey),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: config.protectData,
      timeToLiveAttribute: 'expiresAt',
      // The outbox leaves by it, and what is projected from the table.
      dynamoStream: StreamViewType.NEW_IMAGE,
      removalPolicy,
    });

    const secretsKey = this.#key('SecretsKey', 'secretsmanager', removalPolicy);
    this.secrets = {
      test: this.#secret('StripeTestSecret', 'test', secretsKey, removalPolicy),
      live: this.#secret('StripeLiveSecret', 'live', secretsKey, removalPolicy),
    };
    if (config.mail)
      this.mail = { from: config.mail.from, identityArn: this.#sender(config.mail.from, removalPolicy) };
    this.exportValue(this.table.tableName);
  }

  /** The sender's domain as an identity of SES; mail leaves once its DNS records are there (docs/deploy.md). */
  #sender(from: string, removalPolicy: RemovalPolicy): string {
    const domain = from.split('@').at(-1) ?? '';
    const identity = new EmailIdentity(this, 'Sender', { identity: Identity.domain(domain) });
    identity.applyRemovalPolicy(removalPolicy);
    identity.dkimRecords.forEach(({ name, value }, index) => {
      new CfnOutput(this, `MailDnsRecord${index + 1}`, { value: `${name} CNAME ${value}` });
    });
    return identity.emailIdentityArn;
  }

  /** A key for one data class; whoever may use the data through `service` may use it, and nobody else. */
  #key(id: string, service: string, removalPolicy: RemovalPolicy): Key {
    const key = new Key(this, id, {
      enableKeyRotation: true,
      removalPolicy,
      description: `Connector: ${service}`,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
          'kms:GenerateDataKey',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: {
          StringEquals: {
            'kms:CallerAccount': this.account,
            'kms:ViaService': `${service}.${this.region}.amazonaws.com`,
          },
        },
      }),
    );
    return key;
  }

  /** Made without keys; `setup-stripe` or an operator stores them (docs/deploy.md). */
  #secret(id: string, mode: string, encryptionKey: Key, removalPolicy: RemovalPolicy): Secret {
    const secret = new Secret(this, id, {
      description: `Stripe ${mode} mode: apiKey, publishableKey, clientId, webhookSecrets`,
      encryptionKey,
      removalPolicy,
      generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'unset' },
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Stripe keys cannot be rotated by API; the runbook rotates them by hand, with two webhook secrets at once.',
    });
    return secret;
  }
}
