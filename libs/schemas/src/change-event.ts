import { z } from "zod";
import { parseJson, stringifyJson, type JsonObject } from "./lossless-json.js";
import type { Position } from "./position.js";

/**
 * One committed change of a row, or of a whole table, in the Debezium envelope (JSON, no schema part).
 * `c` create, `u` update, `d` delete, `r` snapshot read; `t` truncate and `m` snapshot-end are control messages.
 */
export type ChangeEvent = RowWritten | RowDeleted | TableControl;

interface Envelope {
  readonly source: ChangeSource;
  /** When the producer made the event, in ms since the Unix epoch. */
  readonly tsMs: number;
}
export interface RowWritten extends Envelope {
  readonly op: "c" | "u" | "r";
  readonly before: JsonObject | null;
  readonly after: JsonObject;
}
export interface RowDeleted extends Envelope {
  readonly op: "d";
  readonly before: JsonObject | null;
}
export interface TableControl extends Envelope {
  readonly op: "t" | "m";
}

export interface ChangeSource {
  readonly db: string;
  readonly schema: string;
  readonly table: string;
  readonly txId: number | null;
  /** WAL position of the change itself, in bytes. */
  readonly lsn: bigint;
  /** When the transaction was committed, in ms since the Unix epoch. */
  readonly tsMs: number;
  readonly snapshot: boolean;
  readonly position: Position;
  /** See row-hash.ts; null on deletes and control messages. */
  readonly rowHash: string | null;
}

export function encodeChangeEvent(event: ChangeEvent): string {
  const { source } = event;
  const { epoch, commitLsn, seq } = source.position;
  return stringifyJson({
    before: "before" in event ? event.before : null,
    after: "after" in event ? event.after : null,
    op: event.op,
    ts_ms: event.tsMs,
    source: {
      connector: "postgresql",
      name: "freshet",
      db: source.db,
      schema: source.schema,
      table: source.table,
      txId: source.txId,
      lsn: source.lsn,
      sequence: JSON.stringify([String(commitLsn), String(source.lsn)]),
      ts_ms: source.tsMs,
      snapshot: String(source.snapshot),
      epoch,
      commitLsn,
      seq,
      rowHash: source.rowHash,
    },
  });
}

const integer = z.union([z.bigint(), z.int().transform(BigInt)]);
const row = z.record(z.string(), z.unknown()).transform((value) => value as JsonObject);

const sourceSchema = z.object({
  db: z.string(),
  schema: z.string(),
  table: z.string(),
  txId: z.number().nullish(),
  lsn: integer.nullish(),
  ts_ms: z.number(),
  snapshot: z.union([z.string(), z.boolean()]).nullish(),
  epoch: z.int().optional(),
  commitLsn: integer.optional(),
  seq: z.int().optional(),
  rowHash: z.string().nullish(),
});

const envelope = { ts_ms: z.number().nullish(), source: sourceSchema };
const eventSchema = z.discriminatedUnion("op", [
  z.object({ ...envelope, op: z.literal(["c", "u", "r"]), before: row.nullish(), after: row }),
  z.object({ ...envelope, op: z.literal("d"), before: row.nullish() }),
  z.object({ ...envelope, op: z.literal(["t", "m"]) }),
]);

function toSource(source: z.output<typeof sourceSchema>, fallback: Position): ChangeSource {
  const { epoch, commitLsn, seq } = source;
  const own = epoch !== undefined && commitLsn !== undefined && seq !== undefined;
  return {
    db: source.db,
    schema: source.schema,
    table: source.table,
    txId: source.txId ?? null,
    lsn: source.lsn ?? 0n,
    tsMs: source.ts_ms,
    snapshot: source.snapshot !== undefined && !["false", false, null].includes(source.snapshot),
    position: own ? { epoch, commitLsn, seq } : fallback,
    rowHash: source.rowHash ?? null,
  };
}

/**
 * Reads our envelope and Debezium's, with or without its schema part.
 *
 * @param fallback the position of an event that carries none of ours: `(0, Kafka offset, 0)`.
 * @throws {SyntaxError} when the text isn't JSON. @throws {z.ZodError} when it isn't a change event.
 */
export function decodeChangeEvent(text: string, fallback: Position): ChangeEvent {
  const value = parseJson(text) as JsonObject;
  const event = eventSchema.parse(
    value["payload"] !== undefined && value["op"] === undefined ? value["payload"] : value,
  );
  const source = toSource(event.source, fallback);
  const tsMs = event.ts_ms ?? source.tsMs;
  switch (event.op) {
    case "c":
    case "u":
    case "r":
      return { op: event.op, before: event.before ?? null, after: event.after, source, tsMs };
    case "d":
      return { op: event.op, before: event.before ?? null, source, tsMs };
    case "t":
    case "m":
      return { op: event.op, source, tsMs };
  }
}
