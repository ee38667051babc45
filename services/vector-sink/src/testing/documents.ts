import { controlKey } from "@freshet/schemas/control-message";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { RowKey } from "@freshet/schemas/row-key";

export const PARTITIONS = 2;
export const TABLE = "public.books";
export const MODEL = { name: "test/model", revision: "f00d", dtype: "fp32", dimensions: 3 };

/** What a transformer would write into a partition of an index's topic. */
export interface Produced {
  readonly key: RowKey;
  readonly value: EmbeddedMessage;
  readonly partition: number;
}

const at = (lsn: number) => ({ epoch: 1, commitLsn: BigInt(lsn), seq: 1 });
const source = (id: number, lsn: number) => ({
  table: TABLE,
  key: { id },
  position: at(lsn),
  rowHash: `row ${lsn}`,
  committedAt: Date.now(),
});

export function upsert(id: number, lsn: number, texts: readonly string[], model = MODEL): Produced {
  const chunks = texts.map((text, index) => ({
    index,
    text,
    textHash: text,
    vector: Float32Array.of(1, text.length, index),
  }));
  return {
    key: { id },
    value: { op: "upsert", source: source(id, lsn), model, chunks, payload: { id, lsn } },
    partition: id % PARTITIONS,
  };
}

/** With its tombstone. */
export function deletion(id: number, lsn: number): Produced[] {
  const of = (value: EmbeddedMessage) => ({ key: { id }, value, partition: id % PARTITIONS });
  return [of({ op: "delete", source: source(id, lsn) }), of({ op: "tombstone", position: at(lsn) })];
}

export function truncation(lsn: number): Produced[] {
  const value = { op: "truncate", table: TABLE, position: at(lsn), committedAt: Date.now() } as const;
  return Array.from({ length: PARTITIONS }, (_, partition) => ({ key: controlKey("truncate"), value, partition }));
}
