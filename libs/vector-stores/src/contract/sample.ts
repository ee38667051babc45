import { randomUUID } from "node:crypto";
import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { pointId } from "../point-id.js";
import { NO_FEATURES, type CollectionSpec } from "../collection-spec.js";
import type { PayloadUpdate, Point, PointMetadata, StoreBatch, VectorStore } from "../vector-store.js";

export const DIMENSIONS = 8;
export const MODEL: ModelIdentity = { name: "test/model", revision: "f00d", dtype: "fp32", dimensions: DIMENSIONS };
export const VECTORS = { model: MODEL, distance: "cosine", features: NO_FEATURES, origin: null } as const;
export const TABLE = "public.books";
const INDEX = "books";

export type PointOptions = Partial<Omit<PointMetadata, "key" | "position">> & {
  readonly key?: RowKey;
  /** The position's LSN; its epoch is 1 and its seq 0. */
  readonly lsn?: bigint;
  readonly vector?: Float32Array;
  readonly text?: string;
  readonly payload?: Point["payload"];
};

export function point({ key = { id: 1 }, lsn = 100n, vector, text, payload, ...metadata }: PointOptions = {}): Point {
  const chunk = metadata.chunk ?? 0;
  const encoded = encodeRowKey(key);
  return {
    id: pointId(INDEX, encoded, chunk),
    vector: vector ?? directionOf(`${encoded}${chunk}`),
    text: text ?? `text of ${encoded}`,
    payload: payload ?? { title: `title of ${encoded}` },
    metadata: {
      index: INDEX,
      table: TABLE,
      key: encoded,
      chunk,
      chunks: 1,
      position: { epoch: 1, commitLsn: lsn, seq: 0 },
      partition: 0,
      rowHash: "a".repeat(64),
      textHash: "b".repeat(64),
      committedAt: 1_700_000_000_123,
      indexedAt: 1_700_000_000_456,
      ...metadata,
    },
  };
}

export function withoutVector({ id, text, payload, metadata }: Point): PayloadUpdate {
  return { id, text, payload, metadata };
}

export function batch(parts: Partial<StoreBatch>): StoreBatch {
  return { upserts: [], payloads: [], deletes: [], ...parts };
}

export function write(store: VectorStore, collection: string, parts: Partial<StoreBatch>): Promise<void> {
  return store.apply(collection, batch(parts), () => undefined);
}

/** A collection that is dropped by nobody but its maker; the name is unlike any other. */
export async function newCollection(store: VectorStore, spec: Partial<CollectionSpec> = {}): Promise<string> {
  const made = { name: `contract_${randomUUID().slice(0, 8)}`, ...VECTORS, ...spec };
  await store.ensureCollection(made);
  return made.name;
}

/** A unit vector along one axis, turned by `angle` radians towards the next. */
export function axis(place: number, angle = 0): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  vector[place] = Math.cos(angle);
  vector[(place + 1) % DIMENSIONS] = Math.sin(angle);
  return vector;
}

/** Some vector that the text alone decides. */
function directionOf(text: string): Float32Array {
  let state = 7;
  for (const character of text) state = (Math.imul(state, 31) + character.charCodeAt(0)) | 0;
  return Float32Array.from({ length: DIMENSIONS }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff - 0.5;
  });
}
