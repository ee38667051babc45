import { z } from "zod";
import type { ChangeOperation } from "./change-operation.js";
import type { JsonObject, JsonValue } from "./lossless-json.js";

/**
 * One change as wal2json's format version 1 has it, with two fields of ours at its end: `ts_ms`, and `source` as in the
 * envelope. A snapshot's row is an insert whose source says so. wal2json itself has no `truncate` in this version, and
 * no `snapshot-end`. https://github.com/eulerto/wal2json
 */
interface EncodedWal2json {
  readonly op: ChangeOperation;
  /** The names as JSON strings. */
  readonly schema: string;
  readonly table: string;
  readonly columns: ColumnTexts | null;
  readonly oldKeys: ColumnTexts | null;
  readonly tsMs: number;
  /** See ChangeSourceEncoder. */
  readonly source: string;
}

/** JSON texts, with commas between them. */
export interface ColumnTexts {
  readonly names: string;
  readonly types: string;
  readonly values: string;
}

const KIND: Readonly<Record<ChangeOperation, string>> = {
  c: "insert",
  r: "insert",
  u: "update",
  d: "delete",
  t: "truncate",
  m: "snapshot-end",
};

export function joinWal2json({ op, schema, table, columns, oldKeys, tsMs, source }: EncodedWal2json): string {
  const row = columns
    ? `"columnnames":[${columns.names}],"columntypes":[${columns.types}],"columnvalues":[${columns.values}],`
    : "";
  const old = oldKeys
    ? `"oldkeys":{"keynames":[${oldKeys.names}],"keytypes":[${oldKeys.types}],"keyvalues":[${oldKeys.values}]},`
    : "";
  return `{"kind":"${KIND[op]}","schema":${schema},"table":${table},${row}${old}"ts_ms":${tsMs},"source":${source}}`;
}

const values = z.array(z.custom<JsonValue>());
const tableFields = {
  schema: z.string().default(""),
  table: z.string(),
  ts_ms: z.number().nullish(),
  source: z.looseObject({ snapshot: z.unknown() }).optional(),
};
const columnFields = { columnnames: z.array(z.string()), columnvalues: values };
const oldkeys = z.object({ keynames: z.array(z.string()), keyvalues: values });
const changeSchema = z.discriminatedUnion("kind", [
  z.object({ ...tableFields, ...columnFields, kind: z.literal("insert") }),
  z.object({ ...tableFields, ...columnFields, kind: z.literal("update"), oldkeys: oldkeys.optional() }),
  z.object({ ...tableFields, kind: z.literal("delete"), oldkeys }),
  z.object({ ...tableFields, kind: z.literal(["truncate", "snapshot-end"]) }),
]);

/** What a transaction's object says beside its changes, with the options include-xids and include-timestamp. */
const transactionSchema = z.object({
  change: z.array(z.custom<JsonObject>()),
  xid: z.number().optional(),
  timestamp: z.string().optional(),
});

export function isWal2json(value: JsonObject): boolean {
  return value["kind"] !== undefined || Array.isArray(value["change"]);
}

/**
 * Reads a change, or a transaction's object with a single one, as the envelope of the same change.
 *
 * @param recordedAt in ms since the Unix epoch; stands for the commit's time where the message has none.
 * @throws {SyntaxError} when a transaction's object has another number of changes: one message names one row.
 * @throws {z.ZodError} when it isn't a change.
 */
export function wal2jsonToEnvelope(value: JsonObject, recordedAt: number): JsonObject {
  const transaction = Array.isArray(value["change"]) ? transactionSchema.parse(value) : null;
  if (transaction !== null && transaction.change.length !== 1) {
    throw new SyntaxError(
      `a message has ${transaction.change.length} changes of wal2json, which may be of several rows: ` +
        `let the pipeline that writes the topic send each element of "change" as a message of its own`,
    );
  }
  const change = changeSchema.parse(transaction?.change[0] ?? value);
  const source = (change.source as JsonObject | undefined) ?? {
    ...{ db: "", schema: change.schema, table: change.table },
    txId: transaction?.xid ?? null,
    ts_ms: parseTimestamp(transaction?.timestamp) ?? recordedAt,
  };
  const envelope = { source, ts_ms: change.ts_ms ?? null };
  switch (change.kind) {
    case "insert":
      return { ...envelope, op: isSnapshot(source) ? "r" : "c", after: zip(change.columnnames, change.columnvalues) };
    case "update": {
      const { oldkeys } = change;
      const before = oldkeys ? zip(oldkeys.keynames, oldkeys.keyvalues) : null;
      return { ...envelope, op: "u", before, after: zip(change.columnnames, change.columnvalues) };
    }
    case "delete":
      return { ...envelope, op: "d", before: zip(change.oldkeys.keynames, change.oldkeys.keyvalues) };
    case "truncate":
      return { ...envelope, op: "t" };
    case "snapshot-end":
      return { ...envelope, op: "m" };
    default:
      return change satisfies never;
  }
}

function isSnapshot(source: JsonObject): boolean {
  return source["snapshot"] === "true";
}

function zip(names: readonly string[], values: readonly JsonValue[]): JsonObject {
  return Object.fromEntries(names.map((name, place) => [name, values[place] ?? null]));
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d*([+-]\d\d)(:\d\d)?$/;

/** As Postgres prints a timestamptz in DateStyle ISO. Null for anything else. */
function parseTimestamp(text: string | undefined): number | null {
  const parts = TIMESTAMP.exec(text ?? "");
  if (!parts) return null;
  const [, date = "", time = "", fraction = "", hours = "", minutes = ":00"] = parts;
  return Date.parse(`${date}T${time}${fraction}${hours}${minutes}`);
}
