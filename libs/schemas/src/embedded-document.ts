import { z } from "zod";
import type { ControlMessage, ControlOperation } from "./control-message.js";
import { isJsonObject, parseJson, stringifyJson, type JsonObject, type JsonValue } from "./lossless-json.js";
import { formatPosition, parsePosition } from "./position.js";
import type { Position } from "./position.js";
import type { RowKey } from "./row-key.js";
import { decodeVector, encodeVector } from "./vector-encoding.js";

/** What turned a text into a vector; two identities never share a collection. */
export interface ModelIdentity {
  readonly name: string;
  /** Which files: the hub's revision or the sha256 of the model file. */
  readonly revision: string;
  readonly dtype: string;
  readonly dimensions: number;
}

export function sameModel(a: ModelIdentity, b: ModelIdentity): boolean {
  return a.name === b.name && a.revision === b.revision && a.dtype === b.dtype && a.dimensions === b.dimensions;
}

export interface DocumentSource {
  /** `schema.table`. */
  readonly table: string;
  readonly key: RowKey;
  readonly position: Position;
  readonly rowHash: string | null;
  /** ms since the Unix epoch. */
  readonly committedAt: number;
  /** Whatever is stored of the row is replaced, also by the same. */
  readonly repair?: true | undefined;
}

export interface Chunk {
  readonly index: number;
  readonly text: string;
  /** See text-hash.ts. */
  readonly textHash: string;
  /** What embedding it cost, in the model's tokens, whoever paid; absent where nobody counted. */
  readonly tokens?: number | undefined;
  readonly vector: Float32Array;
}

/** A row as a whole: one message replaces all its chunks. No chunks (an empty text) means no points. */
export interface UpsertDocument {
  readonly op: "upsert";
  readonly source: DocumentSource;
  readonly model: ModelIdentity;
  readonly chunks: readonly Chunk[];
  readonly payload: JsonObject;
}
export interface DeleteDocument {
  readonly op: "delete";
  readonly source: DocumentSource;
}
/** A null value: follows each delete, so that compaction can forget the row. On its own it deletes the row too. */
export interface Tombstone {
  readonly op: "tombstone";
  /** From the message's headers; null on a tombstone that somebody else wrote. */
  readonly position: Position | null;
}

export type EmbeddedMessage = UpsertDocument | DeleteDocument | Tombstone | ControlMessage;

const POSITION_HEADER = "freshet.position";

/** A message's value and headers; a null value is a tombstone. */
export interface EncodedMessage {
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export function encodeEmbeddedMessage(message: EmbeddedMessage): EncodedMessage {
  switch (message.op) {
    case "tombstone":
      return { value: null, headers: message.position ? { [POSITION_HEADER]: formatPosition(message.position) } : {} };
    case "upsert":
      return {
        value: stringifyJson({
          op: message.op,
          source: encodeSource(message.source),
          model: message.model,
          chunks: message.chunks.map((chunk) => ({ ...chunk, vector: encodeVector(chunk.vector) })),
          payload: message.payload,
        }),
        headers: {},
      };
    case "delete":
      return { value: stringifyJson({ op: message.op, source: encodeSource(message.source) }), headers: {} };
    case "truncate":
    case "snapshot-end":
      return { value: stringifyJson({ ...message, position: formatPosition(message.position) }), headers: {} };
    default:
      return message satisfies never;
  }
}

function encodeSource(source: DocumentSource): unknown {
  return { ...source, position: formatPosition(source.position) };
}

const position = z.string().transform((text, context) => {
  try {
    return parsePosition(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
});
/** Nothing but JSON comes here, so its values needn't be looked at. */
const json = z.custom<JsonObject>((value) => isJsonObject(value as JsonValue), "expected a JSON object");
const vector = z.union([
  z.string().transform(decodeVector),
  z
    .array(z.number())
    .min(1)
    .transform((values) => Float32Array.from(values)),
]);
const source = z.object({
  table: z.string(),
  key: json,
  position,
  rowHash: z.string().nullable(),
  committedAt: z.number(),
  repair: z.literal(true).optional(),
});
const model = z.object({ name: z.string(), revision: z.string(), dtype: z.string(), dimensions: z.int().positive() });
const chunk = z.object({
  index: z.int().nonnegative(),
  text: z.string(),
  textHash: z.string(),
  tokens: z.int().nonnegative().optional(),
  vector,
});
const controlOperation = z.literal(["truncate", "snapshot-end"] satisfies ControlOperation[]);
const messageSchema = z.compile(
  z.discriminatedUnion("op", [
    z.object({ op: z.literal("upsert"), source, model, chunks: z.array(chunk), payload: json }),
    z.object({ op: z.literal("delete"), source }),
    z.object({ op: controlOperation, table: z.string(), position, committedAt: z.number() }),
  ]),
);

/** @throws {SyntaxError} when the value isn't JSON. @throws {z.ZodError} when it isn't an embedded document. */
export function decodeEmbeddedMessage({ value, headers }: EncodedMessage): EmbeddedMessage {
  if (value !== null) return messageSchema.parse(parseJson(value));
  const header = headers[POSITION_HEADER];
  return { op: "tombstone", position: header === undefined ? null : parsePosition(header) };
}
