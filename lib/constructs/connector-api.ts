import { Duration, Fn, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  ApiDefinition,
  CfnAccount,
  type CfnRestApi,
  DomainName,
  EndpointAccessMode,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  SecurityPolicy,
  SpecRestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ManagedPolicy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { type Endpoint, kebab, pascal } from '../../shared/contract/define.ts';
import type { StageConfig } from '../config.ts';
import { apiBody } from './api-body.ts';
import { type Backing, ConnectorFunction } from './connector-function.ts';

type Props = {
  endpoints: readonly Endpoint[];
  backing: Backing;
  config: StageConfig;
  logGroup: ILogGroup;
  accessLogGroup: ILogGroup;
};

/** The REST API, imported as one body, and a Lambda for each endpoint. TLS 1.3 only, on API and domain (R8.1). */
export class ConnectorApi extends Construct {
  readonly api: SpecRestApi;
  readonly functions: LambdaFunction[] = [];

  constructor(scope: Construct, id: string, { endpoints, backing, config, logGroup, accessLogGroup }: Props) {
    super(scope, id);
    const common = { backing, config, logGroup };
    const dashboard = { DASHBOARD_ORIGINS: config.dashboardOrigins.join(',') };
    const publicUrl = config.publicApiUrl ?? (config.domain && `https://${config.domain.name}`);
    const byId = new Map(
      endpoints.map((endpoint) => {
        const path = `${endpoint.area}/${kebab(endpoint.id)}`;
        const limit = { TENANT_REQUESTS_PER_MINUTE: String(config.tenantRequestsPerMinute) };
        const environment = {
          ...dashboard,
          ...(publicUrl && { PUBLIC_API_URL: publicUrl }),
          ...(endpoint.idempotent && limit),
        };
        const { table = [] } = endpoint.grants;
        const { lambda } = new ConnectorFunction(this, pascal(endpoint.id), {
          ...common,
          path,
          // Whatever takes an Idempotency-Key is counted against its tenant's limit.
          grants: endpoint.idempotent ? { ...endpoint.grants, table: [...table, 'count'] } : endpoint.grants,
          environment,
        });
        return [endpoint.id, lambda] as const;
      }),
    );
    const preflight = new ConnectorFunction(this, 'Preflight', {
      ...common,
      path: 'public/preflight',
      grants: { table: ['read'] },
      environment: dashboard,
    }).lambda;
    const { issuer, jwksUrl, audience } = config.jwt;
    const authorizer = new ConnectorFunction(this, 'Authorizer', {
      ...common,
      path: 'auth/authorizer',
      grants: {},
      timeout: Duration.seconds(10),
      environment: { JWT_ISSUER: issuer, JWT_JWKS_URL: jwksUrl, JWT_AUDIENCE: audience },
    }).lambda;
    this.functions.push(...byId.values(), preflight, authorizer);

    const invoker = this.#invoker(this.functions);
    const { region, partition } = Stack.of(this);
    const uriOf = (arn: string) =>
      Fn.join('', [
        `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/`,
        arn,
        '/invocations',
      ]);
    const arnOf = (endpoint: Endpoint) => byId.get(endpoint.id)?.functionArn ?? '';
    const functions = {
      endpoint: arnOf,
      preflight: preflight.functionArn,
      authorizer: authorizer.functionArn,
    };
    this.api = new SpecRestApi(this, 'Api', {
      apiDefinition: ApiDefinition.fromInline(
        apiBody(endpoints, functions, {
          title: 'Platform Stripe Connector',
          credentials: invoker.roleArn,
          uriOf,
        }),
      ),
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: false,
      failOnWarnings: true,
      deployOptions: {
        stageName: 'v1',
        throttlingRateLimit: config.throttle.rate,
        throttlingBurstLimit: config.throttle.burst,
        loggingLevel: MethodLoggingLevel.ERROR,
        metricsEnabled: true,
        accessLogDestination: new LogGroupLogDestination(accessLogGroup),
        // No query and no body: they may hold what must not be logged. The TLS version proves R8.1.
        accessLogFormat: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            method: '$context.httpMethod',
            path: '$context.resourcePath',
            status: '$context.status',
            latency: '$context.responseLatency',
            tlsVersion: '$context.tlsVersion',
            cipherSuite: '$context.cipherSuite',
          }),
        ),
      },
    });
    const cfn = this.api.node.defaultChild as CfnRestApi;
    cfn.securityPolicy = SecurityPolicy.TLS13_1_3_2025_09;
    cfn.endpointAccessMode = EndpointAccessMode.STRICT;
    this.api.deploymentStage.node.addDependency(this.#account());
    if (config.domain) this.#domain(config.domain);
    this.#acknowledge();
  }

  /** API Gateway's one role to invoke with, instead of a permission on every function. */
  #invoker(functions: LambdaFunction[]): Role {
    return new Role(this, 'Invoker', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      inlinePolicies: {
        Invoke: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: functions.map((one) => one.functionArn),
            }),
          ],
        }),
      },
    });
  }

  /** Lets API Gateway write its logs in this account and region. */
  #account(): CfnAccount {
    const role = new Role(this, 'LogWriter', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs'),
      ],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'API Gateway requires exactly this managed policy for its account-wide log role.',
    });
    return new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
  }

  #domain({ name, certificateArn }: NonNullable<StageConfig['domain']>): void {
    const domain = new DomainName(this, 'Domain', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS13_1_3_2025_09,
      endpointAccessMode: EndpointAccessMode.STRICT,
    });
    domain.addBasePathMapping(this.api);
  }

  #acknowledge(): void {
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason: 'Requests are validated in the handlers by the contract, which also names each wrong field.',
    });
  }
}
