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
 * @throws {CollectionMismatchError} when the collection was made for another model or distance, with or without terms, or
 * for another generation.
 */
export function requireCompatible(
  stored: CollectionSpec,
  { model, distance, features, origin }: Omit<CollectionSpec, "name">,
): void {
  requireSameGeneration(stored, origin);
  if (!sameModel(stored.model, model)) {
    throw new CollectionMismatchError(
      `The collection ${stored.name} holds vectors of ${describeModel(stored.model)} and can't take those of ` +
        `${describeModel(model)}: one collection has one model. Run \`freshet reindex --force\` for the index, give it ` +
        `another name in freshet.yaml, or go back to the first model.`,
    );
  }
  if (stored.distance !== distance) {
    throw new CollectionMismatchError(
      `The collection ${stored.name} compares vectors by ${stored.distance} and can't by ${distance}. Run ` +
        `\`freshet reindex\` for the index, give it another name in freshet.yaml, or set the store's distance back to ${stored.distance}.`,
    );
  }
  if (stored.features.hybrid !== features.hybrid) {
    throw new CollectionMismatchError(
      `The collection ${stored.name} was made ${stored.features.hybrid ? "with" : "without"} the terms of its texts. ` +
        `Run \`freshet reindex\` for the index, give it another name in freshet.yaml, or set hybrid: ${stored.features.hybrid} there.`,
    );
  }
}

function requireSameGeneration({ name, origin: stored }: CollectionSpec, origin: CollectionSpec["origin"]): void {
  if (!stored || !origin || (stored.index === origin.index && stored.generation === origin.generation)) return;
  throw new CollectionMismatchError(
    `The collection ${name} is of generation ${stored.generation} of the index ${stored.index} and can't be that of ` +
      `generation ${origin.generation} of ${origin.index}: two that share a store need names of their own in freshet.yaml.`,
  );
}
