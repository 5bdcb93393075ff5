import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-compiler';

/**
 * The parameters of every endpoint the `stripe` package knows, taken from its own types, so that the emulator
 * refuses what Stripe refuses at this version. Shapes are shared: an entry names others by their index.
 */
export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'any'
  | { enum: string[] }
  | { array: number }
  | { map: number }
  /** Any of these. */
  | { union: number[] }
  /** An empty string unsets it. */
  | { emptyable: number }
  /** Required names end in `!`. */
  | { hash: Record<string, number> };
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
      if (verb && path && ts.isStringLiteral(verb) && !calls.has(name))
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

/** Shapes without repetition. */
class Shapes {
  readonly list: Shape[] = [];
  readonly #known = new Map<string, number>();

  add(shape: Shape): number {
    const text = JSON.stringify(shape);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.list.length);
    return this.list.push(shape) - 1;
  }
}

class Reader {
  readonly shapes = new Shapes();
  readonly #checker: ts.TypeChecker;
  readonly #seen = new Map<ts.Type, number>();

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  read(type: ts.Type): number {
    const seen = this.#seen.get(type);
    if (seen !== undefined) return seen;
    // A type that contains itself is read as anything where it does.
    this.#seen.set(type, this.shapes.add('any'));
    const shape = this.#shape(type);
    this.#seen.set(type, shape);
    return shape;
  }

  #shape(type: ts.Type): number {
    if (type.isUnion()) return this.#union(type);
    const { flags } = type;
    if (flags & ts.TypeFlags.StringLiteral)
      return this.shapes.add({ enum: [(type as ts.StringLiteralType).value] });
    if (flags & ts.TypeFlags.StringLike) return this.shapes.add('string');
    if (flags & ts.TypeFlags.NumberLike) return this.shapes.add('number');
    if (flags & ts.TypeFlags.BooleanLike) return this.shapes.add('boolean');
    // `OtherString`, and `Decimal`, which travels as text.
    if (type.isIntersection() || type.symbol?.name === 'Decimal') return this.shapes.add('string');
    if (this.#checker.isArrayType(type)) {
      const [element] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return this.shapes.add({ array: element ? this.read(element) : this.shapes.add('any') });
    }
    const index = this.#checker.getIndexTypeOfType(type, ts.IndexKind.String);
    if (index) return this.shapes.add({ map: this.read(index) });
    if (flags & ts.TypeFlags.Object && type.symbol?.name !== 'Uint8Array') return this.#hash(type);
    return this.shapes.add('any');
  }

  #hash(type: ts.Type): number {
    const hash: Record<string, number> = {};
    for (const property of this.#checker.getPropertiesOfType(type)) {
      const optional = property.flags & ts.SymbolFlags.Optional;
      hash[`${property.name}${optional ? '' : '!'}`] = this.read(this.#checker.getTypeOfSymbol(property));
    }
    return this.shapes.add({ hash });
  }

  #union(type: ts.UnionType): number {
    const parts = type.types.filter(({ flags }) => !(flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
    const literals = parts.flatMap((part) =>
      part.flags & ts.TypeFlags.StringLiteral ? (part as ts.StringLiteralType).value : [],
    );
    const values = literals.filter((value) => value !== '');
    // Beside literals, `OtherString` only says that answers may hold newer values: what is sent is a closed list.
    const rest = parts.filter(
      (part) => !(part.flags & ts.TypeFlags.StringLiteral) && !(part.isIntersection() && values.length > 0),
    );
    const kinds = [
      ...(values.length > 0 ? [this.shapes.add({ enum: values.sort() })] : []),
      ...new Set(
        rest.map((part) =>
          part.flags & ts.TypeFlags.BooleanLike ? this.shapes.add('boolean') : this.read(part),
        ),
      ),
    ];
    const [only] = kinds;
    const whole =
      kinds.length === 1 && only !== undefined
        ? only
        : this.shapes.add(kinds.length === 0 ? 'string' : { union: kinds });
    return literals.includes('') ? this.shapes.add({ emptyable: whole }) : whole;
  }
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
