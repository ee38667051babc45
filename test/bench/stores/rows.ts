import { createHash } from "node:crypto";
import { encodeEmbeddedMessage, type ModelIdentity, type UpsertDocument } from "@freshet/schemas/embedded-document";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { Position } from "@freshet/schemas/position";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { embeddingsTopic } from "@freshet/schemas/topics";
import { textHash } from "@freshet/schemas/text-hash";
import type { ConsumedRecord } from "@freshet/streaming/record";
import type { CollectionFeatures, CollectionSpec } from "@freshet/vector-stores/collection-spec";
import { pointId } from "@freshet/vector-stores/point-id";
import type { Point } from "@freshet/vector-stores/vector-store";
import { DIMENSIONS, row } from "./vectors.js";

const MODEL: ModelIdentity = { name: "bench/model", revision: "1", dtype: "fp32", dimensions: DIMENSIONS };
const TABLE = "public.titles";
/** As many as the sink works on at a time. */
const PARTITIONS = 2;
const COMMITTED_AT = Date.UTC(2025, 0, 1);
/** All rows of a snapshot are of one moment. */
const SNAPSHOT: Position = { epoch: 1, commitLsn: 40_000_000n, seq: 0 };

/** A filter by the one matches 10 % of the rows, by the other 1 %. */
export const FEATURES: CollectionFeatures = {
  fields: { tenth: "integer", hundredth: "integer" },
  tenant: null,
  hybrid: false,
};

export function specNamed(name: string): CollectionSpec {
  return { name, model: MODEL, distance: "cosine", features: FEATURES, origin: null };
}

/** The rows of a table, each with one chunk: made when they are needed, so that not all of them lie in memory. */
export class Rows {
  readonly index: string;
  readonly #vectors: Float32Array;
  readonly #texts: readonly string[];

  /** @param vectors one after the other; a row's number is its vector's place. */
  constructor(index: string, vectors: Float32Array, texts: readonly string[]) {
    this.index = index;
    this.#vectors = vectors;
    this.#texts = texts;
  }

  /** The same rows, of another index. */
  ofIndex(index: string): Rows {
    return new Rows(index, this.#vectors, this.#texts);
  }

  get count(): number {
    return this.#vectors.length / DIMENSIONS;
  }

  /** All of them, in so many runs of about the same length. */
  parts(count: number): { readonly start: number; readonly end: number }[] {
    const edge = (part: number) => Math.floor((this.count * part) / count);
    return range(0, count).map((part) => ({ start: edge(part), end: edge(part + 1) }));
  }

  id(place: number): string {
    return pointId(this.index, encodeRowKey(keyOf(place)), 0);
  }

  /** What the sink makes of the rows' messages. */
  points(start: number, end: number): Point[] {
    return range(start, end).map((place) => {
      const key = encodeRowKey(keyOf(place));
      const text = this.#text(place);
      return {
        id: pointId(this.index, key, 0),
        vector: row(this.#vectors, place),
        text,
        payload: columnsOf(place, 0),
        metadata: {
          ...{
            index: this.index,
            table: TABLE,
            key,
            chunk: 0,
            chunks: 1,
            position: SNAPSHOT,
            partition: place % PARTITIONS,
          },
          ...{ rowHash: rowHash(place, 0), textHash: textHash(MODEL, "", text) },
          ...{ committedAt: COMMITTED_AT, indexedAt: COMMITTED_AT },
        },
      };
    });
  }

  /** The rows as a snapshot writes them to the index's topic. */
  snapshot(start: number, end: number): ConsumedRecord[] {
    return range(start, end).map((place) => this.#record(place, 0, SNAPSHOT));
  }

  /** Each row with other columns and the same text, in a transaction of its own. */
  payloadUpdates(start: number, end: number, version: number): ConsumedRecord[] {
    return range(start, end).map((place) => {
      const commitLsn = SNAPSHOT.commitLsn + BigInt(version * this.count + place) * 256n;
      return this.#record(place, version, { epoch: 1, commitLsn, seq: 1 });
    });
  }

  #record(place: number, version: number, position: Position): ConsumedRecord {
    const key = keyOf(place);
    const text = this.#text(place);
    const chunk = { index: 0, text, textHash: textHash(MODEL, "", text), vector: row(this.#vectors, place) };
    return record(this.index, key, place, {
      op: "upsert",
      source: { table: TABLE, key, position, rowHash: rowHash(place, version), committedAt: COMMITTED_AT },
      model: MODEL,
      chunks: [chunk],
      payload: columnsOf(place, version),
    });
  }

  #text(place: number): string {
    return `${this.#texts[place % this.#texts.length] ?? ""} (${place})`;
  }
}

function keyOf(place: number): RowKey {
  return { id: place };
}

function rowHash(place: number, version: number): string {
  return createHash("sha256").update(`${place}/${version}`).digest("hex");
}

function columnsOf(place: number, views: number): JsonObject {
  return { title: `Title ${place}`, year: 1950 + (place % 75), tenth: place % 10, hundredth: place % 100, views };
}

function record(index: string, key: RowKey, place: number, message: UpsertDocument): ConsumedRecord {
  const keyBytes = Buffer.from(encodeRowKey(key));
  const { value, headers } = encodeEmbeddedMessage(message);
  const bytes = Buffer.from(value ?? "");
  return {
    ...{ topic: embeddingsTopic(index), partition: place % PARTITIONS, offset: BigInt(place), timestamp: COMMITTED_AT },
    ...{ key: keyBytes, value: bytes, headers, rawHeaders: [], bytes: keyBytes.length + bytes.length },
  };
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}
