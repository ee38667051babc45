import { sameModel, type ModelIdentity } from "@freshet/schemas/embedded-document";
import { CollectionMismatchError } from "./errors.js";
import type { CollectionSpec } from "./collection-spec.js";

/** For messages. */
export function describeModel({ name, revision, dtype, dimensions }: ModelIdentity): string {
  return `${name} (${dtype}, ${dimensions} dimensions, revision ${revision.slice(0, 12)})`;
}

/**
 * Fields are another matter: they can be added.
 *
 * @throws {CollectionMismatchError} when the collection was made for another model or distance, or with or without terms.
 */
export function requireCompatible(
  stored: CollectionSpec,
  { model, distance, features }: Omit<CollectionSpec, "name">,
): void {
  if (!sameModel(stored.model, model)) {
    throw new CollectionMismatchError(
      `The collection ${stored.name} holds vectors of ${describeModel(stored.model)} and can't take those of ` +
        `${describeModel(model)}: one collection has one model. Give the index another name in freshet.yaml, or go ` +
        `back to the first model; rebuilding an index in place isn't available yet.`,
    );
  }
  if (stored.distance !== distance) {
    throw new CollectionMismatchError(
      `The collection ${stored.name} compares vectors by ${stored.distance} and can't by ${distance}. Give the index ` +
        `another name in freshet.yaml, or set the store's distance back to ${stored.distance}.`,
    );
  }
  if (stored.features.hybrid !== features.hybrid) {
    throw new CollectionMismatchError(
      `The collection ${stored.name} was made ${stored.features.hybrid ? "with" : "without"} the terms of its texts. ` +
        `Give the index another name in freshet.yaml, or set hybrid: ${stored.features.hybrid} there.`,
    );
  }
}
