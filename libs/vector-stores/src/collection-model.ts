import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import { CollectionMismatchError } from "./errors.js";
import type { CollectionSpec } from "./vector-store.js";

export function sameModel(a: ModelIdentity, b: ModelIdentity): boolean {
  return a.name === b.name && a.revision === b.revision && a.dtype === b.dtype && a.dimensions === b.dimensions;
}

/** For messages. */
export function describeModel({ name, revision, dtype, dimensions }: ModelIdentity): string {
  return `${name} (${dtype}, ${dimensions} dimensions, revision ${revision.slice(0, 12)})`;
}

/** @throws {CollectionMismatchError} */
export function requireSameModel(stored: CollectionSpec, wanted: ModelIdentity): void {
  if (sameModel(stored.model, wanted)) return;
  throw new CollectionMismatchError(
    `The collection ${stored.name} holds vectors of ${describeModel(stored.model)} and can't take those of ` +
      `${describeModel(wanted)}: one collection has one model. Give the index another name in freshet.yaml, or go ` +
      `back to the first model; rebuilding an index in place isn't available yet.`,
  );
}
