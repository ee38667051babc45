import { controlKey } from "@freshet/schemas/control-message";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { JsonValue } from "@freshet/schemas/lossless-json";
import type { RowKey } from "@freshet/schemas/row-key";
import type { Message } from "@freshet/streaming/message";
import type { BatchContext } from "@freshet/streaming/sink";

const TABLE = "public.books";
const record = { headers: {}, timestamp: 0, topic: "embeddings.books", partition: 0 };

export const context: BatchContext = { gate: { check: () => undefined }, signal: new AbortController().signal };

/** Of a row whose LSN is its id. */
export function rowMessage(id: number, payload: Record<string, JsonValue>): Message<RowKey, EmbeddedMessage> {
  const key = { id };
  const position = { epoch: 1, commitLsn: BigInt(id), seq: 1 };
  return {
    key,
    value: {
      op: "upsert",
      source: { table: TABLE, key, position, rowHash: null, committedAt: Date.now() },
      model: { name: "test/model", revision: "f00d", dtype: "fp32", dimensions: 2 },
      chunks: [{ index: 0, text: "text", textHash: "hash", vector: Float32Array.of(1, id) }],
      payload,
    },
    ...record,
    offset: BigInt(id),
  };
}

/** Of a snapshot that began at the LSN. */
export function snapshotEnd(lsn: number): Message<RowKey, EmbeddedMessage> {
  const position = { epoch: 1, commitLsn: BigInt(lsn), seq: 0 };
  const value = { op: "snapshot-end", table: TABLE, position, committedAt: Date.now() } as const;
  return { key: controlKey("snapshot-end"), value, ...record, offset: BigInt(lsn) };
}
