import type { QdrantClient } from "@qdrant/js-client-rest";
import { slices } from "../slices.js";
import type { Point, StoreBatch } from "../vector-store.js";
import { notNewerThan } from "./filter.js";
import { toPayload } from "./point.js";

type Upsert = Parameters<QdrantClient["upsert"]>[1];
type BatchUpdate = Parameters<QdrantClient["batchUpdate"]>[1];
type Delete = Parameters<QdrantClient["delete"]>[1];

const MAX_POINTS = 128;
/** Qdrant takes 32 MiB a request. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A float32 widened to a double prints up to 20 characters, and a comma. */
const BYTES_PER_DIMENSION = 21;
const PAYLOADS_PER_REQUEST = 128;
const DELETES_PER_REQUEST = 1024;

/** Each with the condition that keeps newer points. A row's points are all in one request. */
export function* upsertRequests(points: readonly Point[]): Generator<Upsert> {
  for (const some of runsOfWholeRows(points)) {
    yield {
      points: some.map((point) => ({ id: point.id, vector: Array.from(point.vector), payload: toPayload(point) })),
      update_filter: notNewerThan(some.map(({ id, metadata: { position } }) => ({ id, position }))),
    };
  }
}

export function* payloadRequests({ payloads }: StoreBatch): Generator<BatchUpdate> {
  for (const some of slices(payloads, PAYLOADS_PER_REQUEST)) {
    yield {
      operations: some.map((update) => ({
        overwrite_payload: {
          payload: toPayload(update),
          // By the filter alone: ids given beside it would be written whatever it says.
          filter: notNewerThan([{ id: update.id, position: update.metadata.position }]),
        },
      })),
    };
  }
}

export function* deleteRequests({ deletes }: StoreBatch): Generator<Delete> {
  for (const some of slices(deletes, DELETES_PER_REQUEST)) yield { filter: notNewerThan(some) };
}

function* runsOfWholeRows(points: readonly Point[]): Generator<readonly Point[]> {
  const rows = new Map<string, Point[]>();
  for (const point of points) rows.set(point.metadata.key, [...(rows.get(point.metadata.key) ?? []), point]);
  let run: Point[] = [];
  let bytes = 0;
  for (const row of rows.values()) {
    const rowBytes = row.reduce((sum, point) => sum + estimateBytes(point), 0);
    if (run.length > 0 && (run.length + row.length > MAX_POINTS || bytes + rowBytes > MAX_BYTES)) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(...row);
    bytes += rowBytes;
  }
  if (run.length > 0) yield run;
}

function estimateBytes(point: Point): number {
  return point.vector.length * BYTES_PER_DIMENSION + Buffer.byteLength(JSON.stringify(toPayload(point)));
}
