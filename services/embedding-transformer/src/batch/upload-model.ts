import { status } from "@grpc/grpc-js";
import type { Model } from "@freshet/batch-client/batch-protocol";
import type { BatchIndex } from "./batch-index.js";
import { CallError } from "./call-error.js";

/** @throws {CallError} FAILED_PRECONDITION when the vectors are of another model than the index's. */
export function requireModel({ name, embedder }: BatchIndex, model: Model | null): void {
  const { identity } = embedder.model;
  const offered = model ?? { name: "", revision: "", dtype: "", dimensions: 0 };
  const differences = (["name", "revision", "dtype", "dimensions"] as const)
    .filter((property) => offered[property] !== identity[property])
    .map((property) => `${property} ${identity[property]}, not "${offered[property]}"`);
  if (differences.length === 0) return;
  throw new CallError(
    status.FAILED_PRECONDITION,
    `The vectors must be of the model of the index ${name}: ${differences.join("; ")}.`,
  );
}
