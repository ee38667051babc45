import { isFiniteVector } from "@freshet/schemas/finite-vector";
import { InputRefusedError } from "./errors.js";
import type { Point } from "./vector-store.js";

/** @throws {InputRefusedError} with the ids of the points whose vectors a collection of these dimensions can't hold. */
export function refuseVectors(points: readonly Point[], dimensions: number): void {
  const refused = points.flatMap(({ id, vector }) => {
    const reason = refusal(vector, dimensions);
    return reason === undefined ? [] : [{ id, reason }];
  });
  const [first] = refused;
  if (!first) return;
  const others = refused.length > 1 ? ` (and ${refused.length - 1} more points are refused)` : "";
  throw new InputRefusedError(`The vector of point ${first.id} ${first.reason}${others}.`, {
    ids: refused.map(({ id }) => id),
  });
}

function refusal(vector: Float32Array, dimensions: number): string | undefined {
  if (vector.length !== dimensions) return `has ${vector.length} dimensions, its collection ${dimensions}`;
  return isFiniteVector(vector) ? undefined : "holds NaN or infinity";
}
