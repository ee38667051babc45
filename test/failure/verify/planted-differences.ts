import { pointId } from "@freshet/vector-stores/point-id";
import type { Point, StoreBatch, VectorStore } from "@freshet/vector-stores/vector-store";

/** A store that somebody damages behind the pipeline's back. */
export interface Victim {
  readonly store: VectorStore;
  readonly collection: string;
  readonly index: string;
}

export interface Plant {
  /** What `freshet verify` calls it. */
  readonly kind: string;
  /** @param points a row's, chunk 0 first, at least two. */
  readonly damage: (points: readonly Point[], victim: Victim) => Partial<StoreBatch>;
}

const OTHER_HASH = "f".repeat(64);

function relabelled(point: Point, metadata: Partial<Point["metadata"]>, others: Partial<Point> = {}): Point {
  return { ...point, ...others, metadata: { ...point.metadata, ...metadata } };
}

const removed = (points: readonly Point[]) => points.map(({ id }) => ({ id, position: null }));

/** Every way in which a row of an index can be wrong. */
export const PLANTS: Readonly<Record<string, Plant>> = {
  "a row that isn't there": { kind: "missing", damage: (points) => ({ deletes: removed(points) }) },
  "an older text": {
    kind: "stale",
    damage: (points) => ({
      upserts: points.map((point) => relabelled(point, { rowHash: OTHER_HASH, textHash: OTHER_HASH }, { text: "old" })),
    }),
  },
  "an older payload": {
    kind: "stale",
    damage: (points) => ({
      upserts: points.map((point) => relabelled(point, { rowHash: OTHER_HASH }, { payload: { note: -1 } })),
    }),
  },
  "a row that the table hasn't": {
    kind: "orphaned",
    damage: ([head], { index }) => {
      const key = `{"id":${-1_000_000 - Math.floor(Math.random() * 1_000_000)}}`;
      return head ? { upserts: [relabelled(head, { key, chunks: 1 }, { id: pointId(index, key, 0) })] } : {};
    },
  },
  "a chunk too many": {
    kind: "superfluous",
    damage: ([head], { index }) => {
      if (!head) return {};
      const { key, chunks } = head.metadata;
      return { upserts: [relabelled(head, { chunk: chunks }, { id: pointId(index, key, chunks) })] };
    },
  },
  "a chunk too few": { kind: "incomplete", damage: (points) => ({ deletes: removed(points.slice(1)) }) },
  "a chunk of an older state": {
    kind: "incomplete",
    damage: (points) => ({ upserts: points.slice(1, 2).map((point) => relabelled(point, { rowHash: OTHER_HASH })) }),
  },
  "the right label on another payload": {
    kind: "altered",
    damage: (points) => ({ upserts: points.map((point) => relabelled(point, {}, { payload: { note: -7 } })) }),
  },
  "the right label on another text": {
    kind: "altered",
    damage: (points) => ({ upserts: points.slice(1, 2).map((point) => relabelled(point, {}, { text: "not of it" })) }),
  },
  "the right label on another vector": {
    kind: "altered",
    damage: (points) => ({
      upserts: points.map((point) =>
        relabelled(point, {}, { vector: point.vector.map((value, at) => (at % 2 ? value : -value)) }),
      ),
    }),
  },
};
