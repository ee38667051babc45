import type { Position } from "@freshet/schemas/position";
import type { Where } from "chromadb";
import type { FieldType } from "../collection-spec.js";
import { declaredType } from "../declared-field.js";
import { InputRefusedError } from "../errors.js";
import type { PayloadFilter, Range, Scalar } from "../payload-filter.js";
import { positionParts } from "../position-parts.js";
import { fieldKey, hasFieldType, isNumeric, NULL, OTHER, OWN, rowsToken, scalarOf, textOf } from "./field.js";

export type Fields = Readonly<Record<string, FieldType>>;
/** True and false where every point matches, or none: Chroma has no such condition. */
export type Condition = Where | boolean;

/** Deeper than this SQLite takes no expression: a condition of many parts is made of conditions of fewer. */
const PARTS = 100;

/**
 * What is true of all that matches, and of little else.
 *
 * @throws {InputRefusedError} for what the collection's fields can't answer.
 */
export function condition(filter: PayloadFilter, fields: Fields): Condition {
  return narrow(filter, fields, true);
}

/** Chroma has no negation, so it is carried down to the comparisons: `wanted` is what the filter is to be. */
function narrow(filter: PayloadFilter, fields: Fields, wanted: boolean): Condition {
  if ("not" in filter) return narrow(filter.not, fields, !wanted);
  if ("and" in filter) return joined(wanted ? "$and" : "$or", each(filter.and, fields, wanted));
  if ("or" in filter) return joined(wanted ? "$or" : "$and", each(filter.or, fields, wanted));
  const type = declaredType("Chroma", filter.field, fields);
  const key = fieldKey(filter.field);
  if ("equals" in filter) return oneOf(key, type, [filter.equals], wanted);
  if ("in" in filter) return oneOf(key, type, filter.in, wanted);
  if ("isNull" in filter) return { [key]: wanted ? { $eq: NULL } : { $ne: NULL } };
  if ("range" in filter) {
    if (isNumeric(type)) return inRange(key, filter.range, wanted);
    throw new InputRefusedError(`A range is of numbers, and the column ${filter.field} is filterable as ${type}.`);
  }
  return filter satisfies never;
}

function each(filters: readonly PayloadFilter[], fields: Fields, wanted: boolean): Condition[] {
  return filters.map((filter) => narrow(filter, fields, wanted));
}

/** A list of values is of one type, and whole numbers are another type than fractions. */
function oneOf(key: string, type: FieldType, values: readonly Scalar[], wanted: boolean): Condition {
  const plain = values.filter((value) => hasFieldType(value, type)).map(scalarOf);
  const whole = plain.filter((value) => Number.isInteger(value));
  const rest = plain.filter((value) => !Number.isInteger(value));
  return joined(wanted ? "$or" : "$and", [
    ...[whole, rest]
      .filter((some) => some.length > 0)
      .map((some) => ({ [key]: wanted ? { $in: some } : { $nin: some } })),
    ...values.map(textOf).map((text) => ({ [key]: wanted ? { $contains: text } : { $not_contains: text } })),
  ]);
}

/** Of a list's numbers Chroma knows no order: which of the lists match is found out of what it answers with. */
function inRange(key: string, { gt, gte, lt, lte }: Range, wanted: boolean): Condition {
  const list = { [key]: { $contains: OTHER } };
  const within: Where[] = [];
  const beyond: Where[] = [];
  const bound = (operator: Where, opposite: Where) => {
    within.push(operator);
    beyond.push(opposite);
  };
  if (gt !== undefined) bound({ [key]: { $gt: gt } }, { [key]: { $lte: gt } });
  if (gte !== undefined) bound({ [key]: { $gte: gte } }, { [key]: { $lt: gte } });
  if (lt !== undefined) bound({ [key]: { $lt: lt } }, { [key]: { $gte: lt } });
  if (lte !== undefined) bound({ [key]: { $lte: lte } }, { [key]: { $gt: lte } });
  if (!wanted) return joined("$or", [list, { [key]: NULL }, ...beyond]);
  return joined("$or", [list, joined("$and", within)]);
}

/** At least two parts are asked for. */
function joined(operator: "$and" | "$or", parts: readonly Condition[]): Condition {
  const deciding = operator === "$or";
  if (parts.includes(deciding)) return deciding;
  const open = parts.filter((part) => typeof part !== "boolean");
  if (open.length <= 1) return open[0] ?? !deciding;
  if (open.length > PARTS) {
    const half = Math.ceil(open.length / 2);
    return joined(operator, [joined(operator, open.slice(0, half)), joined(operator, open.slice(half))]);
  }
  return operator === "$or" ? { $or: open } : { $and: open };
}

export function olderThan(rows: {
  readonly table: string;
  readonly partition: number;
  readonly position: Position;
}): Where {
  const { high, low, seq } = positionParts(rows.position);
  const older: Where[] = [
    { [OWN.high]: { $lt: high } },
    { $and: [{ [OWN.high]: high }, { [OWN.low]: { $lt: low } }] },
    { $and: [{ [OWN.high]: high }, { [OWN.low]: low }, { [OWN.seq]: { $lt: seq } }] },
  ];
  return { $and: [{ [OWN.rows]: rowsToken(rows) }, { $or: older }] };
}
