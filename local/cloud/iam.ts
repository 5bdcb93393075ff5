import { type Json, type JsonObject, list, object, text } from './json.ts';

/** What a policy is asked: may this be done, here, under these circumstances? */
export type Question = { action: string; resource: string; context?: Record<string, string[]> };
export type Verdict = { allowed: boolean; reason: string };

/** IAM's wildcards: `*` any run of characters, `?` any one. */
export function like(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

const one =
  (compare: (pattern: string, value: string) => boolean) => (patterns: string[], values: string[]) =>
    values.length > 0 && values.some((value) => patterns.some((pattern) => compare(pattern, value)));
const all =
  (compare: (pattern: string, value: string) => boolean) => (patterns: string[], values: string[]) =>
    values.every((value) => patterns.some((pattern) => compare(pattern, value)));
const equals = (pattern: string, value: string) => pattern === value;
const sameBool = (pattern: string, value: string) => pattern.toLowerCase() === value.toLowerCase();

const operators: Record<string, (patterns: string[], values: string[]) => boolean> = {
  StringEquals: one(equals),
  StringNotEquals: (patterns, values) => !one(equals)(patterns, values),
  StringLike: one(like),
  StringNotLike: (patterns, values) => !one(like)(patterns, values),
  ArnEquals: one(like),
  ArnLike: one(like),
  Bool: one(sameBool),
  'ForAllValues:StringEquals': all(equals),
  'ForAllValues:StringLike': all(like),
  'ForAnyValue:StringEquals': one(equals),
  'ForAnyValue:StringLike': one(like),
};

const strings = (value: Json | undefined) => list(value).map((item) => text(item));

/** True, false, or the name of an operator nobody taught us. */
function conditionHolds(condition: JsonObject, context: Record<string, string[]>): boolean | string {
  const known = new Map(Object.entries(context).map(([key, values]) => [key.toLowerCase(), values]));
  for (const [name, tests] of Object.entries(condition)) {
    const optional = name.endsWith('IfExists');
    const operator = operators[optional ? name.slice(0, -'IfExists'.length) : name];
    if (!operator) return name;
    for (const [key, patterns] of Object.entries(object(tests))) {
      const values = known.get(key.toLowerCase()) ?? [];
      if (optional && values.length === 0) continue;
      if (!operator(strings(patterns), values)) return false;
    }
  }
  return true;
}

function speaksOf(statement: JsonObject, { action, resource }: Question): boolean {
  const actionMatches = (pattern: string) => like(pattern.toLowerCase(), action.toLowerCase());
  const resourceMatches = (pattern: string) => like(pattern, resource);
  const actions = statement.NotAction
    ? !strings(statement.NotAction).some(actionMatches)
    : strings(statement.Action).some(actionMatches);
  const resources = statement.NotResource
    ? !strings(statement.NotResource).some(resourceMatches)
    : strings(statement.Resource).some(resourceMatches);
  return actions && resources;
}

/** Deny beats Allow, silence denies; a condition that cannot be judged never allows and always denies. */
export function evaluate(statements: JsonObject[], question: Question): Verdict {
  const { action } = question;
  let verdict: Verdict = {
    allowed: false,
    reason: `because no identity-based policy allows the ${action} action`,
  };
  for (const statement of statements) {
    if (!speaksOf(statement, question)) continue;
    const holds = conditionHolds(object(statement.Condition), {
      'aws:SecureTransport': ['true'],
      ...question.context,
    });
    if (holds === false) continue;
    const unknown = typeof holds === 'string';
    if (statement.Effect === 'Deny')
      return { allowed: false, reason: 'with an explicit deny in an identity-based policy' };
    if (unknown)
      verdict = {
        allowed: verdict.allowed,
        reason: `because the condition operator ${holds} is not known locally`,
      };
    else verdict = { allowed: true, reason: '' };
  }
  return verdict;
}

/** The statements of a policy document. */
export function statementsOf(document: Json | undefined): JsonObject[] {
  return list(object(document).Statement).map((statement) => object(statement));
}

/** Whether a statement of a resource policy names this service as principal. */
export function principalIs(statement: JsonObject, service: string): boolean {
  if (statement.Principal === '*') return true;
  const { Service, AWS } = object(statement.Principal);
  return strings(Service).includes(service) || strings(AWS).includes('*');
}
