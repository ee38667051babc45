import type { PayloadFilter, Range, Scalar } from "../payload-filter.js";
import { quoted } from "./filter.js";

/** No id is empty. */
const NOTHING = 'id == ""';
const EVERYTHING = 'id != ""';

/** Each bound's operator, and what holds of the other numbers. */
const BOUNDS = [
  ["gt", ">", "<="],
  ["gte", ">=", "<"],
  ["lt", "<", ">="],
  ["lte", "<=", ">"],
] as const satisfies readonly (readonly [keyof Range, string, string])[];

/**
 * The row's columns are a JSON field. What Milvus makes of a condition on a column that is missing or of another type
 * depends on its version: false, or unknown, which stays unknown behind a `not`
 * (https://github.com/milvus-io/milvus/issues/50699). So there is no `not` before anything that may be either, and
 * what isn't so is said by what is.
 *
 * @param tenant the column that the field `tenant` has a copy of.
 */
export function toMilvusFilter(filter: PayloadFilter, tenant: string | null): string {
  if ("equals" in filter) return oneOf(filter.field, [filter.equals], tenant);
  if ("in" in filter) return oneOf(filter.field, filter.in, tenant);
  if ("range" in filter) return within(pathOf(filter.field), filter.range);
  if ("isNull" in filter) return isNull(pathOf(filter.field));
  if ("and" in filter) return allOf(filter.and.map((part) => toMilvusFilter(part, tenant)));
  if ("or" in filter) return anyOf(filter.or.map((part) => toMilvusFilter(part, tenant)));
  if ("not" in filter) return opposite(filter.not, tenant);
  return filter satisfies never;
}

function opposite(filter: PayloadFilter, tenant: string | null): string {
  if ("equals" in filter) return noneOf(pathOf(filter.field), [filter.equals]);
  if ("in" in filter) return noneOf(pathOf(filter.field), filter.in);
  if ("range" in filter) return beyond(pathOf(filter.field), filter.range);
  if ("isNull" in filter) return `exists ${pathOf(filter.field)}`;
  if ("and" in filter) return anyOf(filter.and.map((part) => opposite(part, tenant)));
  if ("or" in filter) return allOf(filter.or.map((part) => opposite(part, tenant)));
  if ("not" in filter) return toMilvusFilter(filter.not, tenant);
  return filter satisfies never;
}

function oneOf(field: string, values: readonly Scalar[], tenant: string | null): string {
  // What is no text is in no partition of its own: see `tenantOf`.
  if (field === tenant && values.length > 0 && values.every((value) => typeof value === "string" && value !== "")) {
    return equalsAny("tenant", values);
  }
  const path = pathOf(field);
  return anyOf(
    byType(values).flatMap((some) => [
      equalsAny(path, some),
      some.length === 1 ? `json_contains(${path}, ${listed(some)})` : `json_contains_any(${path}, [${listed(some)}])`,
    ]),
  );
}

function noneOf(path: string, values: readonly Scalar[]): string {
  const of = (type: string) => byType(values).filter(([first]) => typeof first === type);
  const others = (type: string) => of(type).map((some) => `not (${equalsAny(path, some)})`);
  const inLists = byType(values).map((some) => `not (json_contains_any(${path}, [${listed(some)}]))`);
  return anyOf([
    isNull(path),
    allOf([isText(path), ...others("string")]),
    allOf([isNumber(path), ...others("number")]),
    ...[true, false].filter((truth) => !values.includes(truth)).map((truth) => `${path} == ${truth}`),
    allOf([isList(path), ...inLists]),
  ]);
}

function within(path: string, range: Range): string {
  return allOf([isNumber(path), ...bounds(range).map(([, operator, , bound]) => `${path} ${operator} ${bound}`)]);
}

function beyond(path: string, range: Range): string {
  const outside = bounds(range).map(([, , operator, bound]) => `${path} ${operator} ${bound}`);
  return anyOf([isNull(path), isText(path), `${path} == true`, `${path} == false`, isList(path), ...outside]);
}

function bounds(range: Range) {
  return BOUNDS.flatMap(([name, operator, flipped]) => {
    const bound = range[name];
    return bound === undefined ? [] : [[name, operator, flipped, literal(bound)] as const];
  });
}

/** Milvus counts null, `[]` and `{}` as not there. */
function isNull(path: string): string {
  return `not (exists ${path})`;
}
function isText(path: string): string {
  return `${path} >= ""`;
}
function isNumber(path: string): string {
  return `(${path} < 0 or ${path} >= 0)`;
}
function isList(path: string): string {
  return `array_length(${path}) > 0`;
}

function equalsAny(path: string, values: readonly Scalar[]): string {
  return values.length === 1 ? `${path} == ${listed(values)}` : `${path} in [${listed(values)}]`;
}

function listed(values: readonly Scalar[]): string {
  return values.map(literal).join(", ");
}

/** Milvus' lists are of one type, and integers are another than fractions. */
function byType(values: readonly Scalar[]): (readonly Scalar[])[] {
  const groups = [
    values.filter((value) => typeof value === "string"),
    values.filter((value) => Number.isSafeInteger(value)),
    values.filter((value) => typeof value === "number" && !Number.isSafeInteger(value)),
    values.filter((value) => value === true),
    values.filter((value) => value === false),
  ];
  return groups.filter((group) => group.length > 0);
}

function literal(value: Scalar): string {
  if (typeof value === "string") return quoted(value);
  return typeof value === "number" && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

function allOf(parts: readonly string[]): string {
  return parts.length > 1 ? `(${parts.join(" and ")})` : (parts[0] ?? EVERYTHING);
}
function anyOf(parts: readonly string[]): string {
  return parts.length > 1 ? `(${parts.join(" or ")})` : (parts[0] ?? NOTHING);
}

/** A column within the JSON field, by its name as it is. */
export function pathOf(field: string): string {
  return `payload[${quoted(field)}]`;
}
