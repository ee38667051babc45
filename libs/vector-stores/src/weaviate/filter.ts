import type { Position } from "@freshet/schemas/position";
import type { FilterValue } from "weaviate-client";
import type { FieldType } from "../collection-spec.js";
import { declaredType } from "../declared-field.js";
import { InputRefusedError } from "../errors.js";
import type { PayloadFilter, Range, Scalar } from "../payload-filter.js";
import { positionParts } from "../position-parts.js";
import { fieldProperties, isNumeric, NULL, token, type Fields } from "./field.js";
import { OWN, rowsToken } from "./own-property.js";

/** True and false where every point matches, or none: Weaviate has no such filter. */
type Condition = FilterValue | boolean;

/** From here on Weaviate's client can't send a whole number. */
const MAX_WHOLE = 2 ** 63;
const BOUNDS = [
  ["gt", "GreaterThan"],
  ["gte", "GreaterThanEqual"],
  ["lt", "LessThan"],
  ["lte", "LessThanEqual"],
] as const satisfies readonly (readonly [keyof Range, FilterValue["operator"]])[];

/**
 * What is true of all that matches, and of little else: of a list in two bounds, Weaviate can't say whether one element
 * is within both.
 *
 * @throws {InputRefusedError} for what the collection's fields can't answer.
 */
export function condition(filter: PayloadFilter, fields: Fields): Condition {
  return narrow(filter, fields, true);
}

/** The negation is carried down to the comparisons, where it is known which are exact: `wanted` is what the filter is to be. */
function narrow(filter: PayloadFilter, fields: Fields, wanted: boolean): Condition {
  if ("not" in filter) return narrow(filter.not, fields, !wanted);
  if ("and" in filter) return joined(wanted ? "And" : "Or", each(filter.and, fields, wanted));
  if ("or" in filter) return joined(wanted ? "Or" : "And", each(filter.or, fields, wanted));
  const type = declaredType("Weaviate", filter.field, fields);
  const { values } = fieldProperties(filter.field);
  if ("equals" in filter) return oneOf(values, [filter.equals], wanted);
  if ("in" in filter) return oneOf(values, filter.in, wanted);
  if ("isNull" in filter) return is(wanted, compare(values, "Equal", NULL));
  if ("range" in filter) return inRange(filter.field, type, filter.range, wanted);
  return filter satisfies never;
}

function each(filters: readonly PayloadFilter[], fields: Fields, wanted: boolean): Condition[] {
  return filters.map((filter) => narrow(filter, fields, wanted));
}

function oneOf(property: string, values: readonly Scalar[], wanted: boolean): Condition {
  if (values.length === 0) return !wanted;
  return is(wanted, compare(property, "ContainsAny", values.map(token)));
}

function inRange(field: string, type: FieldType, range: Range, wanted: boolean): Condition {
  if (!isNumeric(type)) {
    throw new InputRefusedError(`A range is of numbers, and the column ${field} is filterable as ${type}.`);
  }
  const { number, numbers } = fieldProperties(field);
  const within = (property: string) => joined("And", bounds(property, range));
  const one = within(number);
  if (one === true) throw new InputRefusedError(`The range of ${field} has no bound: give it gt, gte, lt or lte.`);
  if (wanted) return joined("Or", [one, within(numbers)]);
  // Where it has one bound, it is known of a list, too.
  const isExact = Object.values(range).filter((bound) => bound !== undefined).length === 1;
  return joined("And", [opposite(one), ...(isExact ? [opposite(within(numbers))] : [])]);
}

function bounds(property: string, range: Range): FilterValue[] {
  return BOUNDS.flatMap(([name, operator]) => {
    const bound = range[name];
    if (bound === undefined) return [];
    if (Number.isInteger(bound) && Math.abs(bound) >= MAX_WHOLE) {
      throw new InputRefusedError(`Weaviate takes no range with ${bound}: its whole numbers end before 2^63.`);
    }
    return [compare(property, operator, bound)];
  });
}

/** Deeper than needed it isn't nested: And and Or take any number of parts. */
function joined(operator: "And" | "Or", parts: readonly Condition[]): Condition {
  const deciding = operator === "Or";
  if (parts.includes(deciding)) return deciding;
  const open = parts.filter((part) => typeof part !== "boolean");
  return open.length <= 1 ? (open[0] ?? !deciding) : { operator, filters: open, value: null };
}

function is(wanted: boolean, filter: FilterValue): Condition {
  return wanted ? filter : opposite(filter);
}

function opposite(part: Condition): Condition {
  return typeof part === "boolean" ? !part : { operator: "Not", filters: [part], value: null };
}

function compare(property: string, operator: FilterValue["operator"], value: unknown): FilterValue {
  return { operator, target: { property }, value };
}

export function idIn(ids: readonly string[]): FilterValue {
  return compare("_id", "ContainsAny", [...ids]);
}

export function olderThan(rows: {
  readonly table: string;
  readonly partition: number;
  readonly position: Position;
}): FilterValue {
  const { high, low, seq } = positionParts(rows.position);
  const all = (...filters: FilterValue[]): FilterValue => ({ operator: "And", filters, value: null });
  const sameHigh = compare(OWN.high, "Equal", high);
  const older: FilterValue = {
    operator: "Or",
    value: null,
    filters: [
      compare(OWN.high, "LessThan", high),
      all(sameHigh, compare(OWN.low, "LessThan", low)),
      all(sameHigh, compare(OWN.low, "Equal", low), compare(OWN.seq, "LessThan", seq)),
    ],
  };
  return all(compare(OWN.rows, "Equal", rowsToken(rows)), older);
}
