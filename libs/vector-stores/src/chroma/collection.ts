import { createHash } from "node:crypto";
import type { CollectionMetadata, CreateCollectionConfiguration } from "chromadb";
import { collectionSpecSchema, type CollectionSpec, type Distance } from "../collection-spec.js";
import type { Hnsw } from "../hnsw.js";

const SPACES = { cosine: "cosine", dot: "ip", euclid: "l2" } as const satisfies Record<Distance, string>;
/** What Chroma takes: https://docs.trychroma.com/docs/collections/manage-collections; with a point they are ours alone. */
const PLAIN = /^[a-zA-Z0-9][a-zA-Z0-9_-]{1,200}[a-zA-Z0-9]$/;
const SPEC = "freshet";

/** A collection's name in Chroma: the same where Chroma takes it. */
export function chromaName(collection: string): string {
  if (PLAIN.test(collection)) return collection;
  const readable = collection.replaceAll(/[^a-zA-Z0-9_-]/g, "-").slice(0, 40);
  return `c-${readable}.${createHash("sha256").update(collection).digest("hex").slice(0, 12)}`;
}

export function configurationOf({ distance }: CollectionSpec, hnsw: Hnsw): CreateCollectionConfiguration {
  const { m, efConstruction, efSearch } = hnsw;
  return {
    hnsw: {
      space: SPACES[distance],
      ...(m === undefined ? {} : { max_neighbors: m }),
      ...(efConstruction === undefined ? {} : { ef_construction: efConstruction }),
      ...(efSearch === undefined ? {} : { ef_search: efSearch }),
    },
  };
}

/** A collection keeps what it was made for. */
export function metadataOf(spec: CollectionSpec): CollectionMetadata {
  return { [SPEC]: JSON.stringify(spec) };
}

/** Undefined for one that Freshet didn't make. */
export function specOf(metadata: CollectionMetadata | undefined): CollectionSpec | undefined {
  const json = metadata?.[SPEC];
  return typeof json === "string" ? collectionSpecSchema.parse(JSON.parse(json)) : undefined;
}

/** What Chroma answers with is a distance: of straight lines its square, of angles and products what is left to one. */
export function toScore(answered: number, distance: Distance): number {
  switch (distance) {
    case "cosine":
    case "dot":
      return 1 - answered;
    case "euclid":
      return -Math.sqrt(answered);
    default:
      return distance satisfies never;
  }
}
