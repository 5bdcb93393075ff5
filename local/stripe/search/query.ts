import { invalidRequest } from '../core/fault.ts';

export type Operator = ':' | '~' | '>' | '<' | '>=' | '<=' | '=';

export interface Clause {
  field: string;
  /** The key of `metadata["key"]`. */
  key?: string;
  operator: Operator;
  /** Null asks whether there is a value at all. */
  value: string | null;
  negated: boolean;
}

export interface Query {
  clauses: Clause[];
  every: boolean;
}

/** https://docs.stripe.com/search#search-query-language: at most ten clauses */
const mostClauses = 10;

function unreadable() {
  return invalidRequest(
    'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for metadata or key:"value" to query for other fields.',
  );
}

const quoted = `"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'`;
const clause = new RegExp(
  `^(-?)([a-z_][a-z0-9_.]*)(?:\\[(${quoted})\\])?(:|~|>=|<=|>|<|=)(${quoted}|-?\\d+(?:\\.\\d+)?|null)(?=\\s|$)`,
  'i',
);
const joint = /^(and|or)(?=\s)/i;

function unquoted(text: string) {
  return /^["']/.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
}

/**
 * Reads a query: clauses joined by AND (or nothing) or by OR, not by both. Throws 400 for what it cannot read.
 * https://docs.stripe.com/search#query-structure-and-terminology
 */
export function parseQuery(text: string): Query {
  const clauses: Clause[] = [];
  const joints = new Set<string>();
  let rest = text.trim();
  while (true) {
    const found = clause.exec(rest);
    if (!found) throw unreadable();
    const [whole, minus, field = '', key, operator = ':', value = ''] = found;
    clauses.push({
      field,
      ...(key !== undefined && { key: unquoted(key) }),
      operator: operator as Operator,
      value: value.toLowerCase() === 'null' ? null : unquoted(value),
      negated: minus === '-',
    });
    rest = rest.slice(whole.length).trimStart();
    if (rest === '') break;
    const word = joint.exec(rest)?.[0];
    joints.add(word?.toLowerCase() ?? 'and');
    rest = rest.slice(word?.length ?? 0).trimStart();
  }
  if (joints.size > 1 || clauses.length > mostClauses) throw unreadable();
  return { clauses, every: !joints.has('or') };
}
