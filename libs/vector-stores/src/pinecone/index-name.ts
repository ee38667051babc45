import { createHash } from "node:crypto";

/** Of an index, with room for the project's id: https://docs.pinecone.io/troubleshooting/restrictions-on-index-names */
const READABLE = 24;
const HASH = 16;

/**
 * A Pinecone index's name for a collection: lower-case letters, digits and hyphens, at most 41 of them. Its hash tells
 * apart what is cut or looks alike; the collection's own name lies with the index.
 */
export function indexName(collection: string): string {
  const readable = collection
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, READABLE)
    .replaceAll(/^-+|-+$/g, "");
  const hash = createHash("sha256").update(collection).digest("hex").slice(0, HASH);
  return readable === "" ? hash : `${readable}-${hash}`;
}
