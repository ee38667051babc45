import { decodeEmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { Position } from "@freshet/schemas/position";
import { decodeRowKey, encodeRowKey } from "@freshet/schemas/row-key";
import type { ConsumedRecord } from "@freshet/streaming/record";

/** What one record of an index's topic says of one row. */
export interface RowChange {
  readonly kind: "row";
  readonly offset: bigint;
  /** As `encodeRowKey` writes it. */
  readonly key: string;
  /** Null deletes the row at whatever position it is. */
  readonly position: Position | null;
  /** The document's bytes; null when the row is deleted. */
  readonly value: Buffer | null;
  /** It was written beside the pipeline, so it may have come behind something newer. */
  readonly besidePipeline: boolean;
}
/** The partition's rows older than the position are gone. */
export interface OlderGone {
  readonly kind: "older-gone";
  readonly offset: bigint;
  readonly position: Position;
}
export type TopicChange = RowChange | OlderGone;

/** On every record that doesn't come from the pipeline. */
export const BESIDE_PIPELINE = { "freshet.upload": "1" };

/** @throws {Error} when the record is no embedded document. */
export function toChange({ key, value, headers, offset }: ConsumedRecord): TopicChange {
  if (key === null) throw new SyntaxError("it has no key");
  const message = decodeEmbeddedMessage({ value: value && value.toString(), headers });
  const row = {
    kind: "row" as const,
    offset,
    key: encodeRowKey(decodeRowKey(key.toString())),
    besidePipeline: Object.keys(BESIDE_PIPELINE).some((name) => name in headers),
  };
  switch (message.op) {
    case "upsert":
      return { ...row, position: message.source.position, value };
    case "delete":
      return { ...row, position: message.source.position, value: null };
    case "tombstone":
      return { ...row, position: message.position, value: null };
    case "truncate":
    case "snapshot-end":
      return { kind: "older-gone", offset, position: message.position };
    default:
      return message satisfies never;
  }
}
