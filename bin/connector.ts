import { Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { connectorApp } from '../lib/app.ts';
import { bundleFunctions } from '../lib/bundle.ts';
import { loadConfig } from '../lib/config.ts';

// What `cdk deploy` runs (cdk.json). The stage comes from STAGE.
const config = loadConfig(process.env.STAGE ?? 'dev');
await bundleFunctions();
const { app } = connectorApp(config);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
