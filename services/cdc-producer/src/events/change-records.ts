import { encodeChangeEvent, type ChangeEvent, type ChangeSource } from "@freshet/schemas/change-event";
import { controlKey } from "@freshet/schemas/control-message";
import type { JsonObject, JsonValue } from "@freshet/schemas/lossless-json";
import type { Position } from "@freshet/schemas/position";
import { rowHash } from "@freshet/schemas/row-hash";
import { encodeRowKey } from "@freshet/schemas/row-key";
import { FatalError } from "@freshet/streaming/errors";
import type { OutgoingRecord } from "@freshet/streaming/message";
import { toJsonValue } from "../replication/json-value.js";
import { UNCHANGED, type OldTuple, type Tuple } from "../replication/pgoutput.js";
import { tableLabel, type CapturedTable } from "./captured-table.js";

/** A row's columns as Postgres prints them. */
export type Row = readonly (string | null)[];

/** Where and when a change was made. */
export interface ChangeOrigin {
  readonly database: string;
  readonly txId: number | null;
  readonly lsn: bigint;
  /** ms since the Unix epoch. */
  readonly committedAt: number;
  readonly snapshot: boolean;
  readonly position: Position;
}

export interface WrittenRow {
  readonly op: "c" | "u" | "r";
  readonly row: Row;
  readonly old: OldTuple | null;
}

export function writtenRecord(table: CapturedTable, written: WrittenRow, origin: ChangeOrigin): OutgoingRecord {
  const { op, row, old } = written;
  const event: ChangeEvent = {
    op,
    before: old ? toBefore(table, old) : null,
    after: toObject(table, row),
    source: toSource(table, origin, rowHash(row)),
    tsMs: Date.now(),
  };
  return { topic: table.topic, key: rowKey(table, row), value: encodeChangeEvent(event) };
}

/** The delete and its tombstone, which lets compaction forget the row. */
export function deletedRecords(table: CapturedTable, old: OldTuple, origin: ChangeOrigin): OutgoingRecord[] {
  const event: ChangeEvent = {
    op: "d",
    before: toBefore(table, old),
    source: toSource(table, origin, null),
    tsMs: Date.now(),
  };
  const key = rowKey(table, old.tuple);
  return [
    { topic: table.topic, key, value: encodeChangeEvent(event) },
    { topic: table.topic, key, value: null },
  ];
}

/** One message for each partition: each holds its own part of the table's rows. */
export function controlRecords(
  table: CapturedTable,
  operation: "truncate" | "snapshot-end",
  origin: ChangeOrigin,
): OutgoingRecord[] {
  const event: ChangeEvent = {
    op: operation === "truncate" ? "t" : "m",
    source: toSource(table, origin, null),
    tsMs: Date.now(),
  };
  const record = { topic: table.topic, key: encodeRowKey(controlKey(operation)), value: encodeChangeEvent(event) };
  return Array.from({ length: table.partitions }, (_, partition) => ({ ...record, partition }));
}

/** Whether the row's name changed: it is then a delete of the one and a create of the other. */
export function keyChanged(table: CapturedTable, old: OldTuple, tuple: Tuple): boolean {
  return table.key.some((place) => old.tuple[place] !== tuple[place]);
}

/** @throws {FatalError} when the replica identity leaves a key column out. */
function rowKey(table: CapturedTable, tuple: Tuple): string {
  const entries = table.key.map((place) => {
    const column = table.columns[place];
    const text = tuple[place];
    if (column === undefined || typeof text !== "string") {
      throw new FatalError(
        `The replica identity of ${tableLabel(table)} doesn't cover its primary key, so a deleted row has no name: ` +
          `run ALTER TABLE … REPLICA IDENTITY DEFAULT, then name a new source.slot in freshet.yaml.`,
      );
    }
    return [column.name, toJsonValue(column.typeOid, text)] as const;
  });
  return encodeRowKey(Object.fromEntries(entries));
}

/** From entries, because assigning to a column named `__proto__` would lose it. */
function toObject(table: CapturedTable, row: Row): JsonObject {
  return Object.fromEntries(
    table.columns.map(({ name, typeOid }, place) => {
      const text = row[place] ?? null;
      return [name, text === null ? null : toJsonValue(typeOid, text)];
    }),
  );
}

/** What is known of the old row: its replica identity, or all of it. */
function toBefore(table: CapturedTable, { kind, tuple }: OldTuple): JsonObject {
  const before: [string, JsonValue][] = [];
  for (const [place, { name, typeOid, identity }] of table.columns.entries()) {
    const text = tuple[place];
    if (text === undefined || text === UNCHANGED || (kind === "key" && !identity)) continue;
    before.push([name, text === null ? null : toJsonValue(typeOid, text)]);
  }
  return Object.fromEntries(before);
}

function toSource(table: CapturedTable, origin: ChangeOrigin, hash: string | null): ChangeSource {
  return {
    db: origin.database,
    schema: table.schema,
    table: table.name,
    txId: origin.txId,
    lsn: origin.lsn,
    tsMs: origin.committedAt,
    snapshot: origin.snapshot,
    position: origin.position,
    rowHash: hash,
  };
}
