import { comparePositions, isOlder } from "@freshet/schemas/position";
import type { RowResult } from "@freshet/schemas/row-counts";
import { pointId } from "@freshet/vector-stores/point-id";
import type { Point, PointDelete, StoreBatch } from "@freshet/vector-stores/vector-store";
import type { RowChange } from "./newest-change.js";
import type { RowOutcome } from "./row-outcome.js";
import { toPayloadUpdate, toPoints } from "./row-points.js";
import { storedChunks, type StoredMetadata } from "./stored-rows.js";
import { WriteSteps } from "./write-steps.js";

export interface PlanInput {
  readonly index: string;
  readonly changes: readonly RowChange[];
  readonly stored: StoredMetadata;
  /** ms since the Unix epoch. */
  readonly now: number;
}

export interface Plan {
  /** Each must be durable before the next begins. */
  readonly steps: readonly StoreBatch[];
  /** Of each change, in order, once the steps are done. */
  readonly outcomes: readonly RowOutcome[];
}

/**
 * A stored position newer than the message's is left alone, a delivery that is stored already too; equal texts become a
 * payload update, which also moves the position on; anything else replaces the row, and so does a repair.
 */
export function plan(input: PlanInput): Plan {
  const steps = new WriteSteps();
  const chunksOf = storedChunks(input.changes, input.stored);
  const outcomes = input.changes.map((change): RowOutcome => {
    const { key, partition, position } = change;
    const table = change.table ?? input.stored.get(change.ids[0])?.table ?? null;
    const result = planRow(change, { input, chunks: chunksOf(change), steps });
    return { key, partition, position, table, result };
  });
  return { steps: steps.steps(), outcomes };
}

interface RowPlan {
  readonly input: PlanInput;
  /** How many of the row there may be in the store. */
  readonly chunks: number;
  readonly steps: WriteSteps;
}

function planRow(change: RowChange, { input, chunks, steps }: RowPlan): RowResult {
  const { key, partition, position, value, ids, repair } = change;
  const { index, stored, now } = input;
  const head = stored.get(ids[0]);
  if (head && position && isOlder(position, head.position)) return "stale";
  const points = value.op === "upsert" ? toPoints(value, { index, key, partition, ids, indexedAt: now }) : [];
  const deletesFrom = (first: number): PointDelete[] =>
    Array.from({ length: Math.max(0, chunks - first) }, (_, place) => ({
      id: pointId(index, key, first + place),
      position,
    }));

  if (points.length === 0) {
    if (chunks === 0) return "unchanged";
    steps.delete(deletesFrom(0));
    return "deleted";
  }
  if (!repair && head?.chunks === points.length && hasTexts(points, stored)) {
    if (hasPositions(points, stored)) return "unchanged";
    steps.updatePayloads(points.map(toPayloadUpdate));
    return "payloadOnly";
  }
  steps.replace(points, deletesFrom(points.length));
  return head ? "updated" : "created";
}

function hasTexts(points: readonly Point[], stored: StoredMetadata): boolean {
  return points.every(({ id, metadata }) => stored.get(id)?.textHash === metadata.textHash);
}

function hasPositions(points: readonly Point[], stored: StoredMetadata): boolean {
  return points.every(({ id, metadata }) => {
    const known = stored.get(id);
    return known !== undefined && comparePositions(known.position, metadata.position) === 0;
  });
}
