import type { PayloadUpdate, Point, PointDelete } from "../vector-store.js";
import { binaryVectors } from "./binary-vector.js";
import { columnArrays, COLUMNS } from "./point.js";
import type { StoredTerms } from "./terms.js";

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

const POSITION = ["epoch", "lsn", "seq"] as const;
const positionOf = (row: string) => `(${POSITION.map((name) => `${row}.${name}`).join(", ")})`;
const written = COLUMNS.map(({ name, stored }) => ({ name, value: stored?.(`given.${name}`) ?? `given.${name}` }));
const names = COLUMNS.map(({ name }) => name).join(", ");
const arrays = COLUMNS.map(({ type }, place) => `$${place + 1}::${type}[]`).join(", ");

const TERM_COLUMNS = [
  { name: "terms", type: "integer[]" },
  { name: "weights", type: "sparsevec" },
] as const satisfies readonly { readonly name: keyof StoredTerms; readonly type: string }[];

interface Upserts {
  readonly points: readonly Point[];
  /** That of the type `vector`. */
  readonly vectorOid: number;
  /** One for each point; null when the collection isn't hybrid. */
  readonly terms: readonly StoredTerms[] | null;
}

/** Rows whose stored position is newer stay as they are. One statement is all or nothing. */
export function upsertStatement(table: string, { points, vectorOid, terms }: Upserts): Statement {
  const vectors = binaryVectors(
    points.map(({ vector }) => vector),
    vectorOid,
  );
  const first = COLUMNS.length + 1;
  const added = terms === null ? [] : TERM_COLUMNS;
  const addedNames = ["embedding", ...added.map(({ name }) => name)];
  const addedArrays = [`$${first}::vector[]`, ...added.map((_, place) => `$${first + 1 + place}::text[]`)];
  const addedValues = ["given.embedding", ...added.map(({ name, type }) => `given.${name}::${type}`)];
  const all = [...COLUMNS.map(({ name }) => name), ...addedNames];
  return {
    text: `INSERT INTO ${table} AS stored (${all.join(", ")})
      SELECT ${[...written.map(({ value }) => value), ...addedValues].join(", ")}
      FROM unnest(${[arrays, ...addedArrays].join(", ")}) AS given (${all.join(", ")})
      ON CONFLICT (id) DO UPDATE SET ${all.map((name) => `${name} = excluded.${name}`).join(", ")}
      WHERE ${positionOf("stored")} <= ${positionOf("excluded")}`,
    values: [...columnArrays(points), vectors, ...added.map(({ name }) => terms?.map((some) => some[name]))],
  };
}

/**
 * Vector and terms aren't touched, so that their indexes needn't be: they are those of the same text, which is why others
 * stay as they are. Gives the ids of what was updated.
 */
export function payloadStatement(table: string, updates: readonly PayloadUpdate[]): Statement {
  return {
    text: `UPDATE ${table} AS stored SET
        ${written
          .filter(({ name }) => name !== "id")
          .map(({ name, value }) => `${name} = ${value}`)
          .join(", ")}
      FROM unnest(${arrays}) AS given (${names})
      WHERE stored.id = given.id AND stored.text_hash = given.text_hash
        AND ${positionOf("stored")} <= ${positionOf("given")}
      RETURNING stored.id`,
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
