import { CollectionMismatchError } from "../errors.js";
import type { Language } from "./language.js";

/**
 * @param stored null when the collection isn't hybrid.
 * @throws {CollectionMismatchError} when the terms that are stored are those of another language than is wanted.
 */
export function requireLanguage(collection: string, stored: Language | null, wanted: Language | undefined): void {
  if (stored === null || wanted === undefined || stored === wanted) return;
  throw new CollectionMismatchError(
    `The collection ${collection} has the terms of its texts as ${stored} words and can't have them as ${wanted} ones. ` +
      `Give the index another name in freshet.yaml, or set the store's language back to ${stored}.`,
  );
}
