import { InputRefusedError } from "../errors.js";
import type { PayloadFilter, Range, Scalar } from "../payload-filter.js";
import { slices } from "../slices.js";
import { literal } from "./expression.js";
import { boundFields, FACETS, hasRange, nullToken, valueToken, type Fields } from "./facets.js";
import { sortableNumber } from "./sortable-number.js";

/** As many as zvec takes in one list of an array's elements. */
const TOKENS_PER_LIST = 32;

/**
 * A filter in zvec's language, which knows no `not`: that is turned inwards to the columns. Every point that matches is
 * found by it, and of columns that hold several numbers perhaps more (see `matches`): zvec has no range of an array's
 * elements, so a range asks for the least and the greatest. True is every point, false is none.
 *
 * @throws {InputRefusedError} when it names a column that wasn't declared, or a range of one that isn't of numbers.
 */
export function toExpression(filter: PayloadFilter, fields: Fields, wanted = true): string | boolean {
  if ("not" in filter) return toExpression(filter.not, fields, !wanted);
  if ("and" in filter) return joined(filter.and, fields, wanted, wanted);
  if ("or" in filter) return joined(filter.or, fields, wanted, !wanted);
  const { field } = filter;
  const type = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (type === undefined) throw undeclared(field, fields);
  if ("equals" in filter) return hasToken([tokenFor(field, filter.equals)], wanted);
  if ("in" in filter) {
    return hasToken(
      filter.in.map((value) => tokenFor(field, value)),
      wanted,
    );
  }
  if ("isNull" in filter) return hasToken([nullToken(field)], wanted);
  if ("range" in filter) {
    if (!hasRange(type)) {
      throw new InputRefusedError(
        `Ranges are of numbers, and the column ${field} is filterable as ${type}; declare it as integer or float ` +
          `under filterable in freshet.yaml.`,
      );
    }
    return wanted ? mayBeWithin(field, filter.range) : isNotWithin(field, filter.range);
  }
  return filter satisfies never;
}

function undeclared(field: string, fields: Fields): InputRefusedError {
  const known = Object.keys(fields).join(", ");
  return new InputRefusedError(
    `The column ${field} can't be searched by: add it with its type under filterable of the index in freshet.yaml` +
      `${known === "" ? "" : ` (there are ${known})`}, and start the vector-sink anew.`,
  );
}

/** De Morgan: not all is any not. */
function joined(filters: readonly PayloadFilter[], fields: Fields, wanted: boolean, all: boolean): string | boolean {
  const parts = filters.map((filter) => toExpression(filter, fields, wanted));
  if (parts.includes(!all)) return !all;
  const expressions = parts.filter((part) => typeof part === "string");
  return expressions.length === 0 ? all : `(${expressions.join(all ? " and " : " or ")})`;
}

/** Every point has some token, so that none is null, of which zvec's `not` would be false too. */
function hasToken(tokens: readonly string[], wanted: boolean): string | boolean {
  if (tokens.length === 0) return !wanted;
  const lists = [...slices(tokens, TOKENS_PER_LIST)].map((some) => some.map(literal).join(","));
  const relation = wanted ? "contain_any" : "not contain_any";
  return `(${lists.map((list) => `${FACETS} ${relation} (${list})`).join(wanted ? " or " : " and ")})`;
}

const BOUNDS = [
  ["gt", "high", ">", "<="],
  ["gte", "high", ">=", "<"],
  ["lt", "low", "<", ">="],
  ["lte", "low", "<=", ">"],
] as const;

/** The greatest is above the lower bound, the least below the upper: of one number that is it. */
function mayBeWithin(field: string, range: Range): string {
  const names = boundFields(field);
  const bounds = boundsOf(field, range).map(({ end, within, bound }) => `${names[end]} ${within} ${bound}`);
  return `(${[`${names.low} is not null`, ...bounds].join(" and ")})`;
}

/** Neither the least nor the greatest is within, or there is no number. */
function isNotWithin(field: string, range: Range): string {
  const { low, high } = boundFields(field);
  const beyond = (name: string) =>
    boundsOf(field, range)
      .map(({ without, bound }) => `${name} ${without} ${bound}`)
      .join(" or ");
  const outside = beyond(low) === "" ? "" : ` or ((${beyond(low)}) and (${beyond(high)}))`;
  return `(${low} is null${outside})`;
}

function boundsOf(field: string, range: Range) {
  return BOUNDS.flatMap(([name, end, within, without]) => {
    const value = range[name];
    if (value === undefined) return [];
    requireComparable(field, value);
    return [{ end, within, without, bound: literal(sortableNumber(value)) }];
  });
}

function tokenFor(field: string, value: Scalar): string {
  requireComparable(field, value);
  return valueToken(field, value);
}

function requireComparable(field: string, value: Scalar): void {
  if (typeof value !== "number" || Number.isFinite(value)) return;
  throw new InputRefusedError(`The column ${field} can't be compared with ${value}; only finite numbers are stored.`);
}
