import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Grants } from '../../shared/contract/define.ts';
import { bundleDirectory } from '../bundle.ts';
import type { StageConfig } from '../config.ts';

/** What a function may be granted; `Grants` picks from it. */
export type Backing = {
  table: TableV2;
  secrets: { test: ISecret; live: ISecret };
  bus: IEventBus;
  codePath: (path: string) => string;
  /** Absent: nobody is written to. */
  mail?: { from: string; identityArn: string };
};

const tableActions = {
  read: ['dynamodb:BatchGetItem'],
  query: ['dynamodb:Query'],
  write: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem'],
  count: ['dynamodb:UpdateItem'],
} as const;

type Props = {
  /** `<folder>/<kebab-id>` under `functions/`. */
  readonly path: string;
  readonly grants: Grants;
  readonly backing: Backing;
  readonly config: StageConfig;
  /** Shared by the functions of an area. */
  readonly logGroup: ILogGroup;
  /** @default 29 seconds, API Gateway's limit */
  readonly timeout?: Duration;
  /** Beyond what `grants` brings. @default none */
  readonly environment?: Record<string, string>;
  /** Beyond `grants`. @default none */
  readonly statements?: PolicyStatement[];
};

/** One Lambda of the contract: its role, made from the grants it declares, and the variables these grants need. */
export class ConnectorFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    const {
      path,
      grants,
      backing,
      config,
      logGroup,
      timeout = Duration.seconds(29),
      environment = {},
    } = props;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Grants: new PolicyDocument({
          statements: [...statements(grants, backing, logGroup), ...(props.statements ?? [])],
        }),
      },
    });
    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(bundleDirectory, backing.codePath(path))),
      description: path,
      memorySize: 512,
      timeout,
      role: role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        STAGE: config.stage,
        NODE_OPTIONS: '--enable-source-maps',
        ...variables(grants, backing, config),
        ...environment,
      },
    });
  }
}

function statements(
  grants: Grants,
  { table, secrets, bus, mail }: Backing,
  logGroup: ILogGroup,
): PolicyStatement[] {
  const actions = (grants.table ?? []).flatMap((access) => tableActions[access]);
  return [
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    ...(actions.length > 0 ? [new PolicyStatement({ actions, resources: [table.tableArn] })] : []),
    ...(grants.stripe
      ? [
          new PolicyStatement({
            actions: ['secretsmanager:GetSecretValue'],
            resources: [secrets.test.secretArn, secrets.live.secretArn],
          }),
        ]
      : []),
    ...(grants.mail && mail
      ? [new PolicyStatement({ actions: ['ses:SendEmail'], resources: [mail.identityArn] })]
      : []),
    ...(grants.bus
      ? [new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] })]
      : []),
  ];
}

function variables(
  grants: Grants,
  { table, secrets, bus, mail }: Backing,
  config: StageConfig,
): Record<string, string> {
  return {
    ...(grants.table && { TABLE_NAME: table.tableName }),
    ...(grants.stripe && {
      STRIPE_SECRET_TEST: secrets.test.secretArn,
      STRIPE_SECRET_LIVE: secrets.live.secretArn,
      STRIPE_BUDGET_SECONDS: String(config.stripeBudgetSeconds),
    }),
    ...(grants.stripe && config.stripeApiBase && { STRIPE_API_BASE: config.stripeApiBase }),
    ...(grants.bus && { EVENT_BUS_NAME: bus.eventBusName }),
    ...(grants.mail && mail && { MAIL_FROM: mail.from }),
    ...(grants.mail && config.alarmEmail && { ALERT_EMAIL: config.alarmEmail }),
  };
}
