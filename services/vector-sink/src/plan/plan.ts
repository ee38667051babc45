import { comparePositions, isOlder } from "@freshet/schemas/position";
import { pointId } from "@freshet/vector-stores/point-id";
import type { Point, PointDelete, PointMetadata, StoreBatch } from "@freshet/vector-stores/vector-store";
import type { RowChange } from "./newest-change.js";
import { toPayloadUpdate, toPoints } from "./row-points.js";
import { WriteSteps } from "./write-steps.js";

/** What became of a row: every row of a batch counts once, by its newest change. */
type RowResult = "created" | "updated" | "payloadOnly" | "deleted" | "unchanged" | "stale";
export type RowCounts = Readonly<Record<RowResult, number>>;

export interface PlanInput {
  readonly index: string;
  readonly changes: readonly RowChange[];
  /** Of those of `idsToRead` that are stored. */
  readonly stored: ReadonlyMap<string, PointMetadata>;
  /** ms since the Unix epoch. */
  readonly now: number;
}

export interface Plan {
  /** Each must be durable before the next begins. */
  readonly steps: readonly StoreBatch[];
  readonly counts: RowCounts;
}

/** The points whose metadata decides what is to be done: chunk 0 of each row, and the chunks that it is to have. */
export function idsToRead(index: string, changes: readonly RowChange[]): string[] {
  return changes.flatMap(({ key, value }) => {
    const chunks = value.op === "upsert" ? Math.max(1, value.chunks.length) : 1;
    return Array.from({ length: chunks }, (_, chunk) => pointId(index, key, chunk));
  });
}

/**
 * A stored position newer than the message's is left alone, a delivery that is stored already too; equal texts become a
 * payload update, which also moves the position on; anything else replaces the row.
 */
export function plan(input: PlanInput): Plan {
  const steps = new WriteSteps();
  const counts = { created: 0, updated: 0, payloadOnly: 0, deleted: 0, unchanged: 0, stale: 0 };
  for (const change of input.changes) counts[planRow(change, input, steps)] += 1;
  return { steps: steps.steps(), counts };
}

function planRow(change: RowChange, { index, stored, now }: PlanInput, steps: WriteSteps): RowResult {
  const { key, partition, position, value } = change;
  const head = stored.get(pointId(index, key, 0));
  if (head && position && isOlder(position, head.position)) return "stale";
  const points = value.op === "upsert" ? toPoints(value, { index, key, partition, indexedAt: now }) : [];
  const deletesFrom = (first: number): PointDelete[] =>
    Array.from({ length: Math.max(0, (head?.chunks ?? 0) - first) }, (_, place) => ({
      id: pointId(index, key, first + place),
      position,
    }));

  if (points.length === 0) {
    if (!head) return "unchanged";
    steps.delete(deletesFrom(0));
    return "deleted";
  }
  if (head?.chunks === points.length && hasTexts(points, stored)) {
    if (hasPositions(points, stored)) return "unchanged";
    steps.updatePayloads(points.map(toPayloadUpdate));
    return "payloadOnly";
  }
  steps.replace(points, deletesFrom(points.length));
  return head ? "updated" : "created";
}

function hasTexts(points: readonly Point[], stored: ReadonlyMap<string, PointMetadata>): boolean {
  return points.every(({ id, metadata }) => stored.get(id)?.textHash === metadata.textHash);
}

function hasPositions(points: readonly Point[], stored: ReadonlyMap<string, PointMetadata>): boolean {
  return points.every(({ id, metadata }) => {
    const known = stored.get(id);
    return known !== undefined && comparePositions(known.position, metadata.position) === 0;
  });
}
