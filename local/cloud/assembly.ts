import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonObject, object, parseJson, text } from './json.ts';

/** A stack of the cloud assembly: its template and where its file assets lie. */
export type Stack = { name: string; template: JsonObject; assets: Map<string, string> };

export type Resource = { stack: Stack; logicalId: string; type: string; properties: JsonObject };

/** What stops the start: one sentence the reader can act on. */
export class StartError extends Error {}

function readJson(path: string): JsonObject {
  if (!existsSync(path)) throw new StartError(`The cloud assembly has no ${path}.`);
  const parsed = parseJson(readFileSync(path, 'utf8'));
  if (parsed === undefined) throw new StartError(`${path} is not JSON.`);
  return object(parsed);
}

function readAssets(path: string, directory: string): Map<string, string> {
  const files = existsSync(path) ? object(readJson(path).files) : {};
  return new Map(
    Object.entries(files).map(([hash, file]) => [
      hash,
      join(directory, text(object(object(file).source).path)),
    ]),
  );
}

/** The stacks of a `cdk.out` directory, those of nested assemblies (CDK stages) included. */
export function loadAssembly(directory: string): Stack[] {
  const artifacts = Object.entries(object(readJson(join(directory, 'manifest.json')).artifacts));
  return artifacts.flatMap(([id, artifact]) => {
    const { type, properties } = object(artifact);
    if (type === 'cdk:cloud-assembly')
      return loadAssembly(join(directory, text(object(properties).directoryName)));
    if (type !== 'aws:cloudformation:stack') return [];
    return {
      name: text(object(properties).stackName, id),
      template: readJson(join(directory, text(object(properties).templateFile))),
      assets: readAssets(join(directory, `${id}.assets.json`), directory),
    };
  });
}

/** Every resource of the stacks whose condition holds; `holds` answers for a condition's name. */
export function resourcesOf(
  stacks: Stack[],
  holds: (stack: Stack, condition: string) => boolean,
): Resource[] {
  return stacks.flatMap((stack) =>
    Object.entries(object(stack.template.Resources)).flatMap(([logicalId, declared]) => {
      const { Type, Properties, Condition } = object(declared);
      if (typeof Condition === 'string' && !holds(stack, Condition)) return [];
      return { stack, logicalId, type: text(Type), properties: object(Properties) };
    }),
  );
}
