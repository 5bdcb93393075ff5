import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-compiler';
import { Reader, type Shape } from './stripe-shapes.ts';

/**
 * The parameters of every endpoint the `stripe` package knows, taken from its own types, so that the emulator
 * refuses what Stripe refuses at this version. Shapes are shared: an entry names others by their index.
 */
export type Parameters = {
  apiVersion: string;
  shapes: Shape[];
  /** `METHOD /path/{}` -> the SDK's method and the shape of its parameters (-1: it takes none). */
  endpoints: Record<string, { method: string; shape: number }>;
};

const root = fileURLToPath(new URL('..', import.meta.url));
const sdk = join(root, 'node_modules/stripe/esm');
export const generatedFile = join(root, 'local/stripe/generated/parameters.json');

const filesBelow = (folder: string, suffix: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name))
    .sort();

/** `subscriptions` of `Subscriptions.js`, `billing.meters` of `Billing/Meters.js`. */
const accessor = (path: string): string =>
  relative(join(sdk, 'resources'), path)
    .replace(/(\.d\.ts|\.js)$/, '')
    .split('/')
    .map((part) => part.charAt(0).toLowerCase() + part.slice(1))
    .join('.');

type Call = { verb: string; path: string };

/** The requests of a resource's class, by method: read from its code, which is one call per method. */
function callsOf(file: string): Map<string, Call> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const calls = new Map<string, Call>();
  const visit = (node: ts.Node, method: string | undefined): void => {
    const name = ts.isMethodDeclaration(node) ? node.name.getText(source) : method;
    if (ts.isCallExpression(node) && node.expression.getText(source) === 'this._makeRequest' && name) {
      const [verb, path] = node.arguments;
      // A path that is only known when it runs is no endpoint.
      if (
        verb &&
        path &&
        ts.isStringLiteral(verb) &&
        /^['`]\//.test(path.getText(source)) &&
        !calls.has(name)
      )
        calls.set(name, {
          verb: verb.text,
          path: path
            .getText(source)
            .slice(1, -1)
            .replaceAll(/\$\{[^}]+\}/g, '{}'),
        });
    }
    ts.forEachChild(node, (child) => visit(child, name));
  };
  visit(source, undefined);
  return calls;
}

/** The type of a method's `params`, if it takes any. */
function paramsOf(checker: ts.TypeChecker, method: ts.MethodDeclaration): ts.Type | undefined {
  const parameter = method.parameters.find(({ name }) => name.getText() === 'params');
  return parameter && checker.getNonNullableType(checker.getTypeAtLocation(parameter));
}

export function generate(): Parameters {
  const resources = join(sdk, 'resources');
  const types = filesBelow(resources, '.d.ts');
  const program = ts.createProgram([join(sdk, 'stripe.esm.node.d.ts'), ...types], {
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
  });
  const reader = new Reader(program.getTypeChecker());
  const endpoints: Parameters['endpoints'] = {};
  for (const file of types) {
    const source = program.getSourceFile(file);
    const code = file.replace(/\.d\.ts$/, '.js');
    if (!source) continue;
    const calls = callsOf(code);
    for (const statement of source.statements) {
      if (!ts.isClassDeclaration(statement)) continue;
      for (const member of statement.members) {
        if (!ts.isMethodDeclaration(member)) continue;
        const name = member.name.getText();
        const call = calls.get(name);
        const key = call && `${call.verb} ${call.path}`;
        if (!key || endpoints[key]) continue;
        const params = paramsOf(program.getTypeChecker(), member);
        endpoints[key] = { method: `${accessor(file)}.${name}`, shape: params ? reader.read(params) : -1 };
      }
    }
  }
  const version = /ApiVersion = '([^']+)'/.exec(readFileSync(join(sdk, 'apiVersion.js'), 'utf8'));
  const sorted = Object.fromEntries(Object.entries(endpoints).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { apiVersion: version?.[1] ?? '', shapes: reader.shapes.list, endpoints: sorted };
}

export const asText = ({ apiVersion, shapes, endpoints }: Parameters): string =>
  [
    `{"apiVersion":${JSON.stringify(apiVersion)},`,
    `"shapes":[`,
    shapes.map((shape) => JSON.stringify(shape)).join(',\n'),
    `],"endpoints":{`,
    Object.entries(endpoints)
      .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
      .join(',\n'),
    '}}\n',
  ].join('\n');

const help = `usage: node scripts/run.mjs scripts/stripe-parameters.ts [--help]

Writes local/stripe/generated/parameters.json: the parameters of every endpoint that the installed
"stripe" package knows, from its types. Run it after changing the package's version; a test fails until then.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--help')) process.stdout.write(help);
  else {
    const made = generate();
    writeFileSync(generatedFile, asText(made));
    process.stdout.write(
      `${Object.keys(made.endpoints).length} endpoints, ${made.shapes.length} shapes, version ${made.apiVersion}\n`,
    );
  }
}
