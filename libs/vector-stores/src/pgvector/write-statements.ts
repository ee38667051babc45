import type { PayloadUpdate, Point, PointDelete, VectorStore } from "../vector-store.js";
import { binaryVectors } from "./binary-vector.js";
import { columnArrays, COLUMNS } from "./point.js";

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

const POSITION = ["epoch", "lsn", "seq"] as const;
const positionOf = (row: string) => `(${POSITION.map((name) => `${row}.${name}`).join(", ")})`;
const written = COLUMNS.map(({ name, stored }) => ({ name, value: stored?.(`given.${name}`) ?? `given.${name}` }));
const names = COLUMNS.map(({ name }) => name).join(", ");
const arrays = COLUMNS.map(({ type }, place) => `$${place + 1}::${type}[]`).join(", ");

/** Rows whose stored position is newer stay as they are. One statement is all or nothing. */
export function upsertStatement(table: string, points: readonly Point[], vectorOid: number): Statement {
  const vectors = binaryVectors(
    points.map(({ vector }) => vector),
    vectorOid,
  );
  return {
    text: `INSERT INTO ${table} AS stored (${names}, embedding)
      SELECT ${written.map(({ value }) => value).join(", ")}, given.embedding
      FROM unnest(${arrays}, $${COLUMNS.length + 1}::vector[]) AS given (${names}, embedding)
      ON CONFLICT (id) DO UPDATE SET
        ${written.map(({ name }) => `${name} = excluded.${name}`).join(", ")}, embedding = excluded.embedding
      WHERE ${positionOf("stored")} <= ${positionOf("excluded")}`,
    values: [...columnArrays(points), vectors],
  };
}

/** The vector isn't touched, so that its index needn't be. */
export function payloadStatement(table: string, updates: readonly PayloadUpdate[]): Statement {
  return {
    text: `UPDATE ${table} AS stored SET
        ${written
          .filter(({ name }) => name !== "id")
          .map(({ name, value }) => `${name} = ${value}`)
          .join(", ")}
      FROM unnest(${arrays}) AS given (${names})
      WHERE stored.id = given.id AND ${positionOf("stored")} <= ${positionOf("given")}`,
    values: columnArrays(updates),
  };
}

/** A delete without a position takes the point as it is. */
export function deleteStatement(table: string, deletes: readonly PointDelete[]): Statement {
  const part = (of: (position: NonNullable<PointDelete["position"]>) => number | bigint) =>
    deletes.map(({ position }) => (position === null ? null : String(of(position))));
  return {
    text: `DELETE FROM ${table} AS stored
      USING unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS given (id, epoch, lsn, seq)
      WHERE stored.id = given.id AND (given.epoch IS NULL OR ${positionOf("stored")} <= ${positionOf("given")})`,
    values: [
      deletes.map(({ id }) => id),
      part(({ epoch }) => epoch),
      part(({ commitLsn }) => commitLsn),
      part(({ seq }) => seq),
    ],
  };
}

export function deleteOlderStatement(table: string, rows: Parameters<VectorStore["deleteOlder"]>[1]): Statement {
  const { epoch, commitLsn, seq } = rows.position;
  return {
    text: `DELETE FROM ${table}
      WHERE source_table = $1 AND partition = $2 AND (epoch, lsn, seq) < ($3::bigint, $4::bigint, $5::bigint)`,
    values: [rows.table, String(rows.partition), String(epoch), String(commitLsn), String(seq)],
  };
}
