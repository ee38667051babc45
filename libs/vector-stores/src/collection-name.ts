import { createHash } from "node:crypto";
import type { ModelIdentity } from "@freshet/schemas/embedded-document";

/** The collection of an index's generation, by the model of its vectors: `books_3f9a1c`. Searched by the alias `books`. */
export function collectionName(
  index: string,
  { name, revision, dtype, dimensions }: ModelIdentity,
  generation = 1,
): string {
  const identity = [name, revision, dtype, dimensions, ...(generation === 1 ? [] : [generation])];
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex");
  return `${index}_${hash.slice(0, HASH_LENGTH)}`;
}

const HASH_LENGTH = 6;

/** Whether a collection's name could be one that `collectionName` gives for some generation of the index. */
export function mayBeOf(index: string, collection: string): boolean {
  return collection.startsWith(`${index}_`) && /^[0-9a-f]{6}$/.test(collection.slice(index.length + 1));
}
