import type { PayloadFilter, Range } from "../payload-filter.js";

/** Values for a statement's parameters: nothing of the user's is ever part of its text. */
export class Parameters {
  readonly values: (string | readonly string[] | Buffer)[] = [];

  /** The parameter's place in the statement, as `$1`. */
  add(value: string | readonly string[] | Buffer): string {
    return `$${this.values.push(value)}`;
  }
}

/** A condition that is true or false, never null: so NOT is what it says. */
export function condition(filter: PayloadFilter, parameters: Parameters): string {
  // An array contains a value that is an element of it: https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT
  if ("equals" in filter) {
    const value = parameters.add(JSON.stringify(filter.equals));
    return `(${column(filter.field, parameters)} @> ${value}::jsonb) IS TRUE`;
  }
  if ("in" in filter) {
    const values = parameters.add(filter.in.map((value) => JSON.stringify(value)));
    return `(${column(filter.field, parameters)} @> ANY (${values}::jsonb[])) IS TRUE`;
  }
  if ("range" in filter) return inRange(column(filter.field, parameters), filter.range, parameters);
  if ("isNull" in filter) return `coalesce(${column(filter.field, parameters)}, 'null') IN ('null', '[]')`;
  if ("and" in filter) return joined(filter.and, "AND", parameters);
  if ("or" in filter) return joined(filter.or, "OR", parameters);
  if ("not" in filter) return `NOT (${condition(filter.not, parameters)})`;
  return filter satisfies never;
}

function column(field: string, parameters: Parameters): string {
  return `payload -> ${parameters.add(field)}::text`;
}

const BOUNDS = [
  ["gt", ">"],
  ["gte", ">="],
  ["lt", "<"],
  ["lte", "<="],
] as const;

/** Numbers alone compare with numbers in a JSON path, and an array's elements one by one. */
function inRange(value: string, range: Range, parameters: Parameters): string {
  const bounds = BOUNDS.filter(([name]) => range[name] !== undefined);
  const path = bounds.length > 0 ? bounds.map(([name, operator]) => `@ ${operator} $${name}`).join(" && ") : "@ == @";
  return `(jsonb_path_exists(${value}, '$ ? (${path})', ${parameters.add(JSON.stringify(range))}::jsonb)) IS TRUE`;
}

function joined(filters: readonly PayloadFilter[], operator: "AND" | "OR", parameters: Parameters): string {
  if (filters.length === 0) return operator === "AND" ? "true" : "false";
  return filters.map((filter) => `(${condition(filter, parameters)})`).join(` ${operator} `);
}
