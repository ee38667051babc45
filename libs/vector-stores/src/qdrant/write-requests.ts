import type { QdrantClient } from "@qdrant/js-client-rest";
import type { Bm25 } from "../bm25/bm25.js";
import { slices } from "../slices.js";
import type { Point, PointDelete } from "../vector-store.js";
import { TERMS } from "./collection.js";
import { notNewerThan } from "./filter.js";
import { toPayload } from "./point.js";

type Upsert = Parameters<QdrantClient["upsert"]>[1];
type Delete = Parameters<QdrantClient["delete"]>[1];

const MAX_POINTS = 128;
/** Qdrant takes 32 MiB a request. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A double prints up to 24 characters, and a comma. */
const BYTES_PER_NUMBER = 25;
const DELETES_PER_REQUEST = 1024;

/** Each with the condition that keeps newer points. A row's points are in one request, where it isn't too large. */
export function* upsertRequests(points: readonly Point[], bm25: Bm25 | null): Generator<Upsert> {
  for (const some of runsOfRows(points, bm25 !== null)) {
    yield {
      points: some.map(({ point, payload }) => ({ id: point.id, vector: vectorsOf(point, bm25), payload })),
      update_filter: notNewerThan(some.map(({ point: { id, metadata } }) => ({ id, position: metadata.position }))),
    };
  }
}

export function* deleteRequests(deletes: readonly PointDelete[]): Generator<Delete> {
  for (const some of slices(deletes, DELETES_PER_REQUEST)) yield { filter: notNewerThan(some) };
}

function vectorsOf({ vector, text }: Point, bm25: Bm25 | null) {
  const dense = shortDecimals(vector);
  if (bm25 === null) return dense;
  const { ids, weights } = bm25.document(text);
  return { "": dense, [TERMS]: { indices: ids, values: weights } };
}

/** The same as float32, in the fewest digits: 10 decimals say for nearly all of them what a double says in 20. */
function shortDecimals(vector: Float32Array): number[] {
  const decimals = new Array<number>(vector.length);
  for (let place = 0; place < vector.length; place += 1) {
    const part = vector[place] ?? NaN;
    const short = Math.round(part * 1e10) / 1e10;
    decimals[place] = Math.fround(short) === part ? short : part;
  }
  return decimals;
}

interface Written {
  readonly point: Point;
  readonly payload: Record<string, unknown>;
}

function* runsOfRows(points: readonly Point[], isHybrid: boolean): Generator<Written[]> {
  let run: Written[] = [];
  let bytes = 0;
  for (const row of rowsOf(points)) {
    for (const [place, point] of row.entries()) {
      const payload = toPayload(point);
      const size = mostBytes(payload) + mostBytes(isHybrid ? point.text : "") + point.vector.length * BYTES_PER_NUMBER;
      const isFull = (place === 0 && run.length + row.length > MAX_POINTS) || bytes + size > MAX_BYTES;
      if (run.length > 0 && isFull) {
        yield run;
        run = [];
        bytes = 0;
      }
      run.push({ point, payload });
      bytes += size;
    }
  }
  if (run.length > 0) yield run;
}

function rowsOf(points: readonly Point[]): Iterable<Point[]> {
  const rows = new Map<string, Point[]>();
  for (const point of points) {
    const row = rows.get(point.metadata.key);
    if (row) row.push(point);
    else rows.set(point.metadata.key, [point]);
  }
  return rows.values();
}

/** What a value takes as JSON at most, without writing it: three bytes a character, as control characters are rare. */
function mostBytes(value: unknown): number {
  if (typeof value === "string") return 3 * value.length + 3;
  if (typeof value !== "object" || value === null) return BYTES_PER_NUMBER;
  if (Array.isArray(value)) return value.reduce<number>((sum, element) => sum + mostBytes(element), 2);
  return Object.entries(value).reduce((sum, [name, part]) => sum + mostBytes(name) + mostBytes(part), 2);
}
