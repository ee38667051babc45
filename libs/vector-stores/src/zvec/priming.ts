import type { ZVecCollection } from "@zvec/zvec";
import { check, toInput } from "./document.js";
import { facetFields } from "./facets.js";
import type { StoredCollection } from "./stored-collection.js";

/** Unlike any point's id. */
const PLACEHOLDER = "placeholder";

/**
 * Makes an empty collection safe to optimize: zvec 0.7.0's first optimize joins ids to other documents' vectors where
 * documents were replaced or deleted before it (https://github.com/alibaba/zvec/issues/724), and later ones don't. So the
 * first one is of a placeholder, which is deleted at once. To optimize a collection without documents undoes this.
 *
 * @throws what zvec refuses, as on a full disk.
 */
export function prime(zvec: ZVecCollection, { model, features }: StoredCollection): void {
  const empty = { rows: "", position: "", metadata: "", content: "" };
  const placeholder = {
    id: PLACEHOLDER,
    fields: { pid: PLACEHOLDER, ...empty, ...facetFields({}, features.fields) },
    terms: features.hybrid ? { ids: [0], weights: [1] } : null,
  };
  // A cosine needs some direction.
  check([zvec.upsertSync(toInput(placeholder, new Float32Array(model.dimensions).fill(1)))]);
  zvec.optimizeSync({ concurrency: 1 });
  check([zvec.deleteSync(PLACEHOLDER)]);
}
