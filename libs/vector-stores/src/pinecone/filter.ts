import type { Position } from "@freshet/schemas/position";
import type { FieldType } from "../collection-spec.js";
import { InputRefusedError } from "../errors.js";
import type { PayloadFilter, Range, Scalar } from "../payload-filter.js";
import { columnKey } from "./point.js";

/** https://docs.pinecone.io/guides/search/filter-by-metadata#metadata-filter-expressions */
export type PineconeFilter = Readonly<Record<string, unknown>>;

/** Every record has an epoch, and none is negative. */
const NOTHING = { epoch: { $lt: 0 } };
const EVERYTHING = { epoch: { $gte: 0 } };

const RANGES = { gt: "$gt", gte: "$gte", lt: "$lt", lte: "$lte" } as const satisfies Record<keyof Range, string>;
const OPPOSITES = { gt: "$lte", gte: "$lt", lt: "$gte", lte: "$gt" } as const satisfies Record<keyof Range, string>;

export function olderThan(rows: {
  readonly table: string;
  readonly partition: number;
  readonly position: Position;
}): PineconeFilter {
  const { epoch, commitLsn, seq } = rows.position;
  const lsn = Number(commitLsn);
  const same = [{ epoch: { $eq: epoch } }, { lsn: { $eq: lsn } }];
  return allOf([
    { table: { $eq: rows.table } },
    { partition: { $eq: rows.partition } },
    anyOf([
      { epoch: { $lt: epoch } },
      allOf([{ epoch: { $eq: epoch } }, { lsn: { $lt: lsn } }]),
      allOf([...same, { seq: { $lt: seq } }]),
    ]),
  ]);
}

/**
 * There is no `not`: it goes down to the columns, which say by name whether they have a value.
 *
 * @throws {InputRefusedError} for a column that isn't one of the collection's fields: Pinecone hasn't indexed it.
 */
export function toPineconeFilter(filter: PayloadFilter, fields: Readonly<Record<string, FieldType>>): PineconeFilter {
  if ("equals" in filter) return oneOf(known(filter.field, fields), [filter.equals]);
  if ("in" in filter) return oneOf(known(filter.field, fields), filter.in);
  if ("range" in filter) return within(known(filter.field, fields), filter.range);
  if ("isNull" in filter) return absent(known(filter.field, fields));
  if ("and" in filter) return allOf(filter.and.map((part) => toPineconeFilter(part, fields)));
  if ("or" in filter) return anyOf(filter.or.map((part) => toPineconeFilter(part, fields)));
  if ("not" in filter) return opposite(filter.not, fields);
  return filter satisfies never;
}

function opposite(filter: PayloadFilter, fields: Readonly<Record<string, FieldType>>): PineconeFilter {
  if ("equals" in filter) return noneOf(known(filter.field, fields), [filter.equals]);
  if ("in" in filter) return noneOf(known(filter.field, fields), filter.in);
  if ("range" in filter) return beyond(known(filter.field, fields), filter.range);
  if ("isNull" in filter) return present(known(filter.field, fields));
  if ("and" in filter) return anyOf(filter.and.map((part) => opposite(part, fields)));
  if ("or" in filter) return allOf(filter.or.map((part) => opposite(part, fields)));
  if ("not" in filter) return toPineconeFilter(filter.not, fields);
  return filter satisfies never;
}

function oneOf(field: string, values: readonly Scalar[]): PineconeFilter {
  return allOf([present(field), anyOf(values.map((value) => ({ [columnKey(field)]: { $eq: value } })))]);
}
function noneOf(field: string, values: readonly Scalar[]): PineconeFilter {
  return anyOf([absent(field), allOf(values.map((value) => ({ [columnKey(field)]: { $ne: value } })))]);
}

function within(field: string, range: Range): PineconeFilter {
  return allOf([present(field), ...bounds(field, range, RANGES)]);
}
function beyond(field: string, range: Range): PineconeFilter {
  return anyOf([absent(field), ...bounds(field, range, OPPOSITES)]);
}
function bounds(field: string, range: Range, operators: Record<keyof Range, string>): PineconeFilter[] {
  return (["gt", "gte", "lt", "lte"] as const).flatMap((name) =>
    range[name] === undefined ? [] : [{ [columnKey(field)]: { [operators[name]]: range[name] } }],
  );
}

function present(field: string): PineconeFilter {
  return { present: { $in: [field] } };
}
function absent(field: string): PineconeFilter {
  return { absent: { $in: [field] } };
}

function known(field: string, fields: Readonly<Record<string, FieldType>>): string {
  if (Object.hasOwn(fields, field)) return field;
  throw new InputRefusedError(
    `Pinecone can't filter by the column ${JSON.stringify(field)}: declare it in the index's filterable in ` +
      `freshet.yaml, and give the index another name.`,
  );
}

function allOf(parts: readonly PineconeFilter[]): PineconeFilter {
  return parts.length > 1 ? { $and: parts } : (parts[0] ?? EVERYTHING);
}
function anyOf(parts: readonly PineconeFilter[]): PineconeFilter {
  return parts.length > 1 ? { $or: parts } : (parts[0] ?? NOTHING);
}
