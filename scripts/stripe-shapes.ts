import ts from 'typescript-compiler';

/** What a parameter may be. Shapes are shared: an entry names others by their index. */
export type Shape =
  | 'string'
  | 'integer'
  | 'decimal'
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

/** The types say `number` of both: these are the names of what has a fraction. */
const fractions = /percent|rate$|rate_|^(height|length|score|cb_score|weight|width)$/;

/** Reads types of the SDK as shapes. */
export class Reader {
  readonly shapes = new Shapes();
  readonly #checker: ts.TypeChecker;
  /** By whether a number in it has a fraction. */
  readonly #seen = { integer: new Map<ts.Type, number>(), decimal: new Map<ts.Type, number>() };

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  read(type: ts.Type, numbers: 'integer' | 'decimal' = 'integer'): number {
    const known = this.#seen[numbers];
    const seen = known.get(type);
    if (seen !== undefined) return seen;
    // A type that contains itself is read as anything where it does.
    known.set(type, this.shapes.add('any'));
    const shape = this.#shape(type, numbers);
    known.set(type, shape);
    return shape;
  }

  #shape(type: ts.Type, numbers: 'integer' | 'decimal'): number {
    if (type.isUnion()) return this.#union(type, numbers);
    const { flags } = type;
    if (flags & ts.TypeFlags.StringLiteral)
      return this.shapes.add({ enum: [(type as ts.StringLiteralType).value] });
    if (flags & ts.TypeFlags.StringLike) return this.shapes.add('string');
    if (flags & ts.TypeFlags.NumberLike) return this.shapes.add(numbers);
    if (flags & ts.TypeFlags.BooleanLike) return this.shapes.add('boolean');
    if (type.symbol?.name === 'Decimal') return this.shapes.add('decimal');
    // `OtherString`
    if (type.isIntersection()) return this.shapes.add('string');
    if (this.#checker.isArrayType(type)) {
      const [element] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return this.shapes.add({ array: element ? this.read(element, numbers) : this.shapes.add('any') });
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
      hash[`${property.name}${optional ? '' : '!'}`] = this.read(
        this.#checker.getTypeOfSymbol(property),
        fractions.test(property.name) ? 'decimal' : 'integer',
      );
    }
    return this.shapes.add({ hash });
  }

  #union(type: ts.UnionType, numbers: 'integer' | 'decimal'): number {
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
          part.flags & ts.TypeFlags.BooleanLike ? this.shapes.add('boolean') : this.read(part, numbers),
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
