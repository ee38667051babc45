import { parseJson, stringifyJson, type JsonObject } from "@freshet/schemas/lossless-json";
import type { PayloadUpdate, Point, PointMetadata, StoredPoint } from "../vector-store.js";

interface Column {
  readonly name: string;
  /** As a parameter. */
  readonly type: string;
  readonly of: (point: PayloadUpdate) => string | number | bigint | null;
  /** From a parameter, where the table has another type. */
  readonly stored?: (given: string) => string;
}

const fromMs = (given: string) => `to_timestamp(${given} / 1000)`;

/** All of a point but its vector. */
export const COLUMNS: readonly Column[] = [
  { name: "id", type: "uuid", of: ({ id }) => id },
  { name: "text", type: "text", of: ({ text }) => text },
  { name: "payload", type: "jsonb", of: ({ payload }) => stringifyJson(payload) },
  { name: "index_name", type: "text", of: ({ metadata }) => metadata.index },
  { name: "source_table", type: "text", of: ({ metadata }) => metadata.table },
  { name: "row_key", type: "text", of: ({ metadata }) => metadata.key },
  { name: "chunk", type: "integer", of: ({ metadata }) => metadata.chunk },
  { name: "chunks", type: "integer", of: ({ metadata }) => metadata.chunks },
  { name: "epoch", type: "bigint", of: ({ metadata }) => metadata.position.epoch },
  { name: "lsn", type: "bigint", of: ({ metadata }) => metadata.position.commitLsn },
  { name: "seq", type: "bigint", of: ({ metadata }) => metadata.position.seq },
  { name: "partition", type: "integer", of: ({ metadata }) => metadata.partition },
  { name: "row_hash", type: "text", of: ({ metadata }) => metadata.rowHash },
  { name: "text_hash", type: "text", of: ({ metadata }) => metadata.textHash },
  { name: "committed_at", type: "float8", of: ({ metadata }) => metadata.committedAt, stored: fromMs },
  { name: "indexed_at", type: "float8", of: ({ metadata }) => metadata.indexedAt, stored: fromMs },
];

/** One array for each column. */
export function columnArrays(points: readonly PayloadUpdate[]): (string | null)[][] {
  return COLUMNS.map((column) =>
    points.map((point) => {
      const value = column.of(point);
      return value === null ? null : String(value);
    }),
  );
}

/** A stored point's columns, as Postgres prints them. */
export interface MetadataRow {
  readonly id: string;
  readonly index_name: string;
  readonly source_table: string;
  readonly row_key: string;
  readonly chunk: string;
  readonly chunks: string;
  readonly epoch: string;
  readonly lsn: string;
  readonly seq: string;
  readonly partition: string;
  readonly row_hash: string | null;
  readonly text_hash: string;
  readonly committed_ms: string;
  readonly indexed_ms: string;
}
interface ContentRow extends MetadataRow {
  readonly text: string;
  readonly payload: string;
}
export interface HitRow extends ContentRow {
  readonly distance: string;
}
export interface FusedRow extends ContentRow {
  readonly score: string;
}
export interface PointRow extends ContentRow {
  readonly embedding: string;
}

/** What selects a `MetadataRow`. */
export const METADATA = `id, index_name, source_table, row_key, chunk, chunks, epoch, lsn, seq, partition, row_hash, text_hash,
  (extract(epoch FROM committed_at) * 1000)::float8 AS committed_ms,
  (extract(epoch FROM indexed_at) * 1000)::float8 AS indexed_ms`;

export function toMetadata(row: MetadataRow): PointMetadata {
  return {
    index: row.index_name,
    table: row.source_table,
    key: row.row_key,
    chunk: Number(row.chunk),
    chunks: Number(row.chunks),
    position: { epoch: Number(row.epoch), commitLsn: BigInt(row.lsn), seq: Number(row.seq) },
    partition: Number(row.partition),
    rowHash: row.row_hash,
    textHash: row.text_hash,
    committedAt: Number(row.committed_ms),
    indexedAt: Number(row.indexed_ms),
  };
}

export function toStoredPoint(row: MetadataRow): StoredPoint {
  return { id: row.id, metadata: toMetadata(row) };
}

export function toContent(row: ContentRow): PayloadUpdate {
  return { ...toStoredPoint(row), text: row.text, payload: parseJson(row.payload) as JsonObject };
}

/** A vector as text is a JSON array, of which nothing is rounded. */
export function toPoint(row: PointRow): Point {
  return { ...toContent(row), vector: Float32Array.from(JSON.parse(row.embedding) as number[]) };
}
