import { type Resource, type Stack, StartError } from './assembly.ts';
import { type Json, type JsonObject, list, object, text } from './json.ts';

export const region = 'us-east-1';
export const account = '000000000000';

/** What `Ref` and `Fn::GetAtt` say about a resource. */
export type Identity = { ref: string; attribute: (name: string) => string };
type Identify = (resource: Resource, resolve: (value: Json | undefined) => Json | undefined) => Identity;

/** Evaluates CloudFormation's intrinsic functions; an absent answer (`AWS::NoValue`) is undefined. */
export class Resolver {
  #stacks: Stack[];
  #identify: Identify;
  #exports: Map<string, Json> | undefined;

  constructor(stacks: Stack[], identify: Identify) {
    this.#stacks = stacks;
    this.#identify = identify;
  }

  resolve(stack: Stack, value: Json | undefined): Json | undefined {
    if (Array.isArray(value)) {
      return value.map((item) => this.resolve(stack, item)).filter((item) => item !== undefined);
    }
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (entries.length === 1 && first && (first[0] === 'Ref' || first[0].startsWith('Fn::'))) {
      return this.#intrinsic(stack, first[0], first[1]);
    }
    const resolved: JsonObject = {};
    for (const [key, item] of entries) {
      const answer = this.resolve(stack, item);
      if (answer !== undefined) resolved[key] = answer;
    }
    return resolved;
  }

  properties(resource: Resource): JsonObject {
    return object(this.resolve(resource.stack, resource.properties));
  }

  condition(stack: Stack, name: string): boolean {
    return this.#holds(stack, object(stack.template.Conditions)[name]);
  }

  identity(stack: Stack, logicalId: string): Identity {
    const declared = object(object(stack.template.Resources)[logicalId]);
    if (typeof declared.Type !== 'string') {
      throw new StartError(`Stack ${stack.name} refers to ${logicalId}, which it does not declare.`);
    }
    const resource = { stack, logicalId, type: declared.Type, properties: object(declared.Properties) };
    return this.#identify(resource, (value) => this.resolve(stack, value));
  }

  /** Outputs by stack name and output id. */
  outputs(): Record<string, Record<string, string>> {
    const ofStack = (stack: Stack) =>
      Object.entries(object(stack.template.Outputs)).map(([id, output]) => [
        id,
        text(this.resolve(stack, object(output).Value)),
      ]);
    return Object.fromEntries(this.#stacks.map((stack) => [stack.name, Object.fromEntries(ofStack(stack))]));
  }

  #intrinsic(stack: Stack, name: string, value: Json): Json | undefined {
    const items = () => list(this.resolve(stack, value));
    switch (name) {
      case 'Ref':
        return this.#ref(stack, text(value));
      case 'Fn::GetAtt': {
        const [id = '', ...rest] =
          typeof value === 'string' ? value.split('.') : list(value).map((part) => text(part));
        return this.identity(stack, id).attribute(rest.join('.'));
      }
      case 'Fn::Join': {
        const [separator, parts] = list(value);
        return list(this.resolve(stack, parts))
          .map((part) => text(part))
          .join(text(separator));
      }
      case 'Fn::Sub':
        return this.#sub(stack, value);
      case 'Fn::ImportValue':
        return this.#import(text(this.resolve(stack, value)));
      case 'Fn::Select': {
        const [index, from] = items();
        return list(from)[Number(index)];
      }
      case 'Fn::Split': {
        const [separator, from] = items();
        return text(from).split(text(separator));
      }
      case 'Fn::If': {
        const [condition, yes, no] = list(value);
        return this.resolve(stack, this.condition(stack, text(condition)) ? yes : no);
      }
      case 'Fn::GetAZs':
        return [`${region}a`, `${region}b`, `${region}c`];
      case 'Fn::Base64':
        return Buffer.from(text(this.resolve(stack, value))).toString('base64');
      default:
        throw new StartError(`The intrinsic function ${name} in stack ${stack.name} has no local meaning.`);
    }
  }

  #ref(stack: Stack, name: string): Json | undefined {
    const pseudo: Record<string, string> = {
      'AWS::Region': region,
      'AWS::AccountId': account,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stack.name,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stack.name}/local`,
    };
    if (name === 'AWS::NoValue') return undefined;
    if (pseudo[name] !== undefined) return pseudo[name];
    const parameter = object(stack.template.Parameters)[name];
    return parameter === undefined ? this.identity(stack, name).ref : object(parameter).Default;
  }

  #sub(stack: Stack, value: Json): string {
    const [template, given] = Array.isArray(value) ? value : [value];
    const variables = object(this.resolve(stack, given));
    return text(template).replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (variables[name] !== undefined) return text(variables[name]);
      if (!name.includes('.')) return text(this.#ref(stack, name));
      return text(this.#intrinsic(stack, 'Fn::GetAtt', name));
    });
  }

  #import(name: string): Json | undefined {
    this.#exports ??= new Map(
      this.#stacks.flatMap((stack) =>
        Object.values(object(stack.template.Outputs)).flatMap((output): [string, Json][] => {
          const exported = this.resolve(stack, object(object(output).Export).Name);
          const value = exported === undefined ? undefined : this.resolve(stack, object(output).Value);
          return value === undefined ? [] : [[text(exported), value]];
        }),
      ),
    );
    const found = this.#exports.get(name);
    if (found === undefined) throw new StartError(`No stack exports ${name}.`);
    return found;
  }

  #holds(stack: Stack, expression: Json | undefined): boolean {
    const [entry] = Object.entries(object(expression));
    if (!entry) return false;
    const [name, value] = entry;
    const parts = list(value);
    if (name === 'Condition') return this.condition(stack, text(value));
    if (name === 'Fn::Not') return !this.#holds(stack, parts[0]);
    if (name === 'Fn::And') return parts.every((part) => this.#holds(stack, part));
    if (name === 'Fn::Or') return parts.some((part) => this.#holds(stack, part));
    if (name === 'Fn::Equals') {
      const [left, right] = parts.map((part) => JSON.stringify(this.resolve(stack, part)));
      return left === right;
    }
    throw new StartError(`The condition function ${name} in stack ${stack.name} has no local meaning.`);
  }
}
