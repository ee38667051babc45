import { decodeEmbeddedMessage, encodeEmbeddedMessage, type UpsertDocument } from "@freshet/schemas/embedded-document";
import type { Position } from "@freshet/schemas/position";
import { textHash } from "@freshet/schemas/text-hash";
import type { OutgoingRecord } from "@freshet/streaming/message";
import type { BatchIndex } from "./batch-index.js";
import { BESIDE_PIPELINE } from "./row-change.js";
import type { RowState } from "./row-view.js";
import type { CheckedRow } from "./uploaded-row.js";

/** The document that a row has in the topic; null for a row that it hasn't got, or not any more. */
export function knownDocument(state: RowState | null): UpsertDocument | null {
  if (state?.value == null) return null;
  const document = decodeEmbeddedMessage({ value: state.value.toString(), headers: {} });
  return document.op === "upsert" ? document : null;
}

/** What tells whether the topic has these texts already. */
export function textHashes(row: CheckedRow, { embedder: { model } }: BatchIndex): string[] {
  return row.chunks.map(({ text }) => textHash(model.identity, model.prefix("document"), text));
}

export interface UploadedState {
  readonly row: CheckedRow;
  /** Of its chunks, in order. */
  readonly hashes: readonly string[];
  readonly position: Position;
  readonly known: UpsertDocument | null;
  /** Where the row's messages are; null lets the key decide, as for the pipeline's. */
  readonly partition: number | null;
}

/** A row that is known keeps what the database says of it; only its chunks, and its payload if one came, are new. */
export function toRecord(
  { row, hashes, position, known, partition }: UploadedState,
  index: BatchIndex,
): OutgoingRecord {
  const source = known?.source ?? { table: index.table, key: row.key, rowHash: null, committedAt: Date.now() };
  const { value, headers } = encodeEmbeddedMessage({
    op: "upsert",
    source: { ...source, position },
    model: index.embedder.model.identity,
    chunks: row.chunks.map((chunk, place) => ({ index: place, ...chunk, textHash: hashes[place] ?? "" })),
    payload: row.payload ?? known?.payload ?? {},
  });
  return {
    topic: index.topic,
    key: row.encodedKey,
    value,
    headers: { ...headers, ...BESIDE_PIPELINE },
    ...(partition === null ? {} : { partition }),
    essential: true,
  };
}
