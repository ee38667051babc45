import type { FieldType } from "../collection-spec.js";
import type { PayloadFilter, Range, Scalar } from "../payload-filter.js";
import { fieldColumn, numberOf } from "./fields.js";

/** Values for a statement's parameters: nothing of the user's is ever part of its text. */
export class Parameters {
  readonly values: (string | readonly string[] | Buffer)[] = [];

  /** The parameter's place in the statement, as `$1`. */
  add(value: string | readonly string[] | Buffer): string {
    return `$${this.values.push(value)}`;
  }
}

interface Scope {
  /** Of the collection: they have columns with indexes. */
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly parameters: Parameters;
}

/** A condition that is true for the points of the filter, and false or null for all others. */
export function condition(filter: PayloadFilter, scope: Scope): string {
  const add = (value: string | readonly string[]) => scope.parameters.add(value);
  // An array contains a value that is an element of it: https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT
  if ("equals" in filter) {
    const { field, equals } = filter;
    const matches = `${column(field, scope)} @> ${add(JSON.stringify(equals))}::jsonb`;
    return foundByNumbers(matches, field, [equals], scope);
  }
  if ("in" in filter) {
    const { field, in: values } = filter;
    const matches = `${column(field, scope)} @> ANY (${add(values.map((value) => JSON.stringify(value)))}::jsonb[])`;
    return foundByNumbers(matches, field, values, scope);
  }
  if ("range" in filter) return inRange(filter.field, filter.range, scope);
  if ("isNull" in filter) return `coalesce(${column(filter.field, scope)}, 'null') IN ('null', '[]')`;
  if ("and" in filter) return joined(filter.and, "AND", scope);
  if ("or" in filter) return joined(filter.or, "OR", scope);
  if ("not" in filter) return `(${condition(filter.not, scope)}) IS NOT TRUE`;
  return filter satisfies never;
}

const BOUNDS = [
  ["gt", ">"],
  ["gte", ">="],
  ["lt", "<"],
  ["lte", "<="],
] as const;

/** Numbers alone compare with numbers in a JSON path, and an array's elements one by one. */
function inRange(field: string, range: Range, scope: Scope): string {
  const given = BOUNDS.flatMap(([name, operator]) => {
    const bound = range[name];
    return bound === undefined ? [] : [{ name, operator, bound: String(bound) }];
  });
  const path = given.length > 0 ? given.map(({ name, operator }) => `@ ${operator} $${name}`).join(" && ") : "@ == @";
  const value = column(field, scope);
  const matches = `jsonb_path_exists(${value}, '$ ? (${path})', ${scope.parameters.add(JSON.stringify(range))}::jsonb)`;
  if (given.length === 0 || !hasNumbers(field, scope)) return matches;
  const number = numberOf(fieldColumn(field));
  const bounds = given.map(({ operator, bound }) => `${number} ${operator} ${scope.parameters.add(bound)}::numeric`);
  return orInList(bounds.join(" AND "), number, matches);
}

/** What isn't a number isn't in an index of numbers. */
function foundByNumbers(matches: string, field: string, values: readonly Scalar[], scope: Scope): string {
  if (!hasNumbers(field, scope) || !values.every((value) => typeof value === "number")) return matches;
  const number = numberOf(fieldColumn(field));
  const equal = `${number} = ANY (${scope.parameters.add(values.map(String))}::numeric[])`;
  return orInList(equal, number, matches);
}

/** The index finds what may match: all lists are there under NaN. */
function orInList(bounds: string, number: string, matches: string): string {
  return `(${bounds} OR ${number} = 'NaN') AND ${matches}`;
}

function column(field: string, { fields, parameters }: Scope): string {
  return Object.hasOwn(fields, field) ? fieldColumn(field) : `payload -> ${parameters.add(field)}::text`;
}

function hasNumbers(field: string, { fields }: Scope): boolean {
  return Object.hasOwn(fields, field) && (fields[field] === "integer" || fields[field] === "float");
}

function joined(filters: readonly PayloadFilter[], operator: "AND" | "OR", scope: Scope): string {
  if (filters.length === 0) return operator === "AND" ? "true" : "false";
  return filters.map((filter) => `(${condition(filter, scope)})`).join(` ${operator} `);
}
