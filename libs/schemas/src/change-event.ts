import { z } from "zod";
import type { ChangeOperation } from "./change-operation.js";
import { ChangeSourceEncoder, sourceSchema, toChangeSource, type ChangeSource } from "./change-source.js";
import { isJsonObject, parseJson, stringifyJson, type JsonObject, type JsonValue } from "./lossless-json.js";
import type { Position } from "./position.js";
import { isWal2json, wal2jsonToEnvelope } from "./wal2json.js";

export type { ChangeSource };

/** One committed change of a row, or of a whole table, in the Debezium envelope (JSON, no schema part). */
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

/** An event whose rows and source are JSON texts already. */
interface EncodedChangeEvent {
  readonly op: ChangeOperation;
  readonly before: string | null;
  readonly after: string | null;
  readonly tsMs: number;
  /** See ChangeSourceEncoder. */
  readonly source: string;
}

export function joinChangeEvent({ op, before, after, tsMs, source }: EncodedChangeEvent): string {
  return `{"before":${before ?? "null"},"after":${after ?? "null"},"op":"${op}","ts_ms":${tsMs},"source":${source}}`;
}

export function encodeChangeEvent(event: ChangeEvent): string {
  return joinChangeEvent({
    op: event.op,
    before: "before" in event ? stringifyJson(event.before) : null,
    after: "after" in event ? stringifyJson(event.after) : null,
    tsMs: event.tsMs,
    source: new ChangeSourceEncoder(event.source).encode(event.source),
  });
}

/** Kept as it is: a schema of records would lose a column named `__proto__`. */
const row = z.custom<JsonObject>((value) => isJsonObject(value as JsonValue));

const envelope = { ts_ms: z.number().nullish(), source: sourceSchema };
const eventSchema = z.discriminatedUnion("op", [
  z.object({ ...envelope, op: z.literal(["c", "u", "r"]), before: row.nullish(), after: row }),
  z.object({ ...envelope, op: z.literal("d"), before: row.nullish() }),
  z.object({ ...envelope, op: z.literal(["t", "m"]) }),
]);

/**
 * Reads our envelope and Debezium's, with or without its schema part, and wal2json's changes (format version 1).
 *
 * @param fallback the position of an event that carries none of ours: `(0, Kafka offset, 0)`.
 * @param recordedAt when the record was produced, in ms since the Unix epoch, for events that don't say when they were
 * committed, as wal2json's don't.
 * @throws {SyntaxError} when the text isn't JSON, or holds several changes. @throws {z.ZodError} when it isn't a change.
 */
export function decodeChangeEvent(text: string, fallback: Position, recordedAt = 0): ChangeEvent {
  const event = eventSchema.parse(toEnvelope(parseJson(text), recordedAt));
  const source = toChangeSource(event.source, fallback);
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
    default:
      return event satisfies never;
  }
}

function toEnvelope(value: JsonValue, recordedAt: number): JsonValue {
  if (!isJsonObject(value) || value["op"] !== undefined) return value;
  if (value["payload"] !== undefined) return value["payload"];
  return isWal2json(value) ? wal2jsonToEnvelope(value, recordedAt) : value;
}
