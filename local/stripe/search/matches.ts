import { invalidRequest } from '../core/fault.ts';
import type { Field, Fields } from './fields.ts';
import { type Clause, parseQuery } from './query.ts';

type Metadata = { metadata: Record<string, string> | null };

function unsupported(field: string, resource: string) {
  return invalidRequest(
    `Field \`${field}\` is an unsupported search field for resource \`${resource}\`. See http://stripe.com/docs/search#query-fields-for-${resource.replaceAll('_', '-')} for a list of supported fields.`,
  );
}

function wrongOperator({ field, operator }: Clause, type: string) {
  return invalidRequest(`Operator \`${operator}\` is not supported for the ${type} field \`${field}\`.`);
}

function fieldOf<Row extends Metadata>({ field, key }: Clause, fields: Fields<Row>, resource: string) {
  if (key === undefined) {
    const found = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (found) return found;
  } else if (field === 'metadata') {
    const read = ({ metadata }: Row) => metadata?.[key];
    return { type: 'token', read } satisfies Field<Row>;
  }
  throw unsupported(field, resource);
}

/** Numbers are compared, text may be looked into: https://docs.stripe.com/search#field-types */
function checkOperator(clause: Clause, type: Field<never>['type']) {
  const { operator, value } = clause;
  const comparing = operator !== ':' && operator !== '~';
  if (
    comparing &&
    (type !== 'numeric' || value === null || value.trim() === '' || Number.isNaN(Number(value)))
  )
    throw wrongOperator(clause, type);
  if (operator !== '~') return;
  if (type !== 'string' || value === null) throw wrongOperator(clause, type);
  if (value.length < 3)
    throw invalidRequest(`The value of \`${clause.field}\` needs at least 3 characters to match a part.`);
}

function compared(actual: number, { operator }: Clause, wanted: number) {
  if (operator === '>') return actual > wanted;
  if (operator === '<') return actual < wanted;
  if (operator === '>=') return actual >= wanted;
  if (operator === '<=') return actual <= wanted;
  return actual === wanted;
}

function holds<Row>(clause: Clause, field: Field<Row>, row: Row) {
  const { operator, value } = clause;
  const actual = field.read(row) ?? null;
  if (value === null) return actual === null || actual === '';
  if (actual === null) return false;
  if (field.type === 'numeric') return compared(Number(actual), clause, Number(value));
  const [text, wanted] = [String(actual).toLowerCase(), value.toLowerCase()];
  return operator === '~' ? text.includes(wanted) : text === wanted;
}

/** Whether a row is what a query asks for. Throws 400 for a query that asks for what is not there to be asked. */
export function matching<Row extends Metadata>(text: string, fields: Fields<Row>, resource: string) {
  const { clauses, every } = parseQuery(text);
  const tests = clauses.map((clause) => {
    const field = fieldOf(clause, fields, resource);
    checkOperator(clause, field.type);
    return (row: Row) => holds(clause, field, row) !== clause.negated;
  });
  return (row: Row) => (every ? tests.every((test) => test(row)) : tests.some((test) => test(row)));
}
