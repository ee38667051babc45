import type { Position } from "@freshet/schemas/position";
import type { QdrantClient } from "@qdrant/js-client-rest";
import type { PointDelete } from "../vector-store.js";
import { OURS } from "./point.js";

/** The client doesn't export its schemas by name. */
type Delete = Parameters<QdrantClient["delete"]>[1];
export type Filter = Extract<Delete, { filter: unknown }>["filter"];
type Condition = Extract<NonNullable<Filter["must"]>, readonly unknown[]>[number];

const field = (name: string) => `${OURS}.${name}`;
const equals = (name: string, value: string | number): Condition => ({ key: field(name), match: { value } });
/** Equal as well; the index of a position's part knows ranges alone. */
const within = (name: string, value: number): Condition => ({ key: field(name), range: { gte: value, lte: value } });

/**
 * Any one of these: positions are compared part by part. Every part is a whole number below 2^53, which a range's
 * double holds.
 */
function below({ epoch, commitLsn, seq }: Position, last: "lt" | "lte"): Condition[] {
  const lsn = Number(commitLsn);
  return [
    { key: field("epoch"), range: { lt: epoch } },
    { must: [within("epoch", epoch), { key: field("lsn"), range: { lt: lsn } }] },
    { must: [within("epoch", epoch), within("lsn", lsn), { key: field("seq"), range: { [last]: seq } }] },
  ];
}

/**
 * Those of the points whose stored position isn't newer than the one given here; also a point without a position,
 * which no range matches. As an upsert's condition it keeps newer points; points that don't exist are made whatever
 * it says.
 */
export function notNewerThan(points: readonly PointDelete[]): Filter {
  const clauses: Filter[] = [];
  for (const [position, ids] of byPosition(points)) {
    clauses.push({ must: [{ has_id: ids }], should: [...below(position, "lte"), { is_empty: { key: field("lsn") } }] });
  }
  const always = points.flatMap(({ id, position }) => (position === null ? [id] : []));
  if (always.length > 0) clauses.push({ must: [{ has_id: always }] });
  const [only, ...others] = clauses;
  return only && others.length === 0 ? only : { should: clauses };
}

export function olderThan(rows: {
  readonly table: string;
  readonly partition: number;
  readonly position: Position;
}): Filter {
  return {
    must: [equals("table", rows.table), equals("partition", rows.partition)],
    should: below(rows.position, "lt"),
  };
}

/** Many points of a batch share a position: one clause for them all. */
function byPosition(points: readonly PointDelete[]): Map<Position, string[]> {
  const groups = new Map<string, { readonly position: Position; readonly ids: string[] }>();
  for (const { id, position } of points) {
    if (position === null) continue;
    const name = `${position.epoch}/${position.commitLsn}/${position.seq}`;
    const group = groups.get(name) ?? { position, ids: [] };
    group.ids.push(id);
    groups.set(name, group);
  }
  return new Map([...groups.values()].map(({ position, ids }) => [position, ids]));
}
