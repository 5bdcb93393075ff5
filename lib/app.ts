import { App } from 'aws-cdk-lib';
import { consumers } from '../shared/contract/consumers.ts';
import type { Consumer, Endpoint } from '../shared/contract/define.ts';
import { endpoints } from '../shared/contract/endpoints.ts';
import { jobs } from '../shared/contract/jobs.ts';
import type { StageConfig } from './config.ts';
import { ConnectorStack } from './connector-stack.ts';
import { DataStack } from './data-stack.ts';

/** The app of one stage. Functions must be bundled first (`lib/bundle.ts`). */
export function connectorApp(
  config: StageConfig,
  {
    outdir,
    contract,
    codePath = (path) => path,
  }: {
    outdir?: string;
    contract?: { endpoints: Endpoint[]; consumers: Consumer[] };
    codePath?: (path: string) => string;
  } = {},
): { app: App; data: DataStack; service: ConnectorStack } {
  const app = new App({
    ...(outdir && { outdir }),
    analyticsReporting: false,
    context: {
      '@aws-cdk/core:validateAgainstDefaultRules': true,
      '@aws-cdk/aws-lambda:useCdkManagedLogGroup': true,
    },
  });
  const env = { region: config.region };
  const name = `Connector-${config.stage}`;
  const data = new DataStack(app, `${name}-Data`, { config, env });
  const service = new ConnectorStack(app, name, {
    config,
    env,
    data,
    codePath,
    endpoints: contract?.endpoints ?? Object.values(endpoints),
    consumers: contract?.consumers ?? Object.values(consumers),
    jobs: Object.values(jobs),
  });
  return { app, data, service };
}
