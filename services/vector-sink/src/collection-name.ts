import { createHash } from "node:crypto";
import type { ModelIdentity } from "@freshet/schemas/embedded-document";

/** The physical collection of an index and a model: `books_3f9a1c`. Searched by the alias `books`. */
export function collectionName(index: string, { name, revision, dtype, dimensions }: ModelIdentity): string {
  const identity = JSON.stringify([name, revision, dtype, dimensions]);
  return `${index}_${createHash("sha256").update(identity).digest("hex").slice(0, 6)}`;
}
