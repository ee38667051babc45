import { InputRefusedError } from "../errors.js";
import type { CollectionSpec } from "../collection-spec.js";
import type { SearchRequest } from "../vector-store.js";

/** @throws {InputRefusedError} when the collection can't be searched so. */
export function refuseRequest(
  { vector, text, threshold }: SearchRequest,
  { name, model, features }: CollectionSpec,
): void {
  if (vector.length !== model.dimensions) {
    throw new InputRefusedError(
      `The query has ${vector.length} dimensions, the collection ${name} ${model.dimensions}.`,
    );
  }
  if (text !== undefined && !features.hybrid) {
    throw new InputRefusedError(
      `The collection ${name} isn't hybrid: search it without text, or set hybrid: true for its index in freshet.yaml.`,
    );
  }
  if (text !== undefined && threshold !== undefined) {
    throw new InputRefusedError("A search with text takes no threshold: its scores are of ranks, not of nearness.");
  }
}
