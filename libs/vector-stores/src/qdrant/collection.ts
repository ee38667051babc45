import { z } from "zod";
import { languageSchema, type Language } from "../bm25/language.js";
import {
  featuresSchema,
  modelIdentitySchema,
  originSchema,
  type CollectionSpec,
  type Distance,
} from "../collection-spec.js";
import { OURS } from "./point.js";
import { initialSettings, type CollectionInfo, type QdrantSettings } from "./settings.js";

/** `update_filter` and a collection's own metadata came with this version; older servers ignore both in silence. */
const OLDEST_VERSION = [1, 16] as const;

/** Beside the vectors without a name: sparse ones of the texts' terms. */
export const TERMS = "terms";

/** Its own names, both ways. */
const DISTANCES = { cosine: "Cosine", dot: "Dot", euclid: "Euclid" } as const satisfies Record<Distance, string>;
const distances = new Map<unknown, Distance>([
  ["Cosine", "cosine"],
  ["Dot", "dot"],
  ["Euclid", "euclid"],
]);

const metadata = z.object({
  [OURS]: z.object({
    model: modelIdentitySchema,
    features: featuresSchema,
    origin: originSchema,
    /** Of the texts, where their terms are kept. */
    language: languageSchema.optional(),
  }),
});

/** A collection as it lies in Qdrant. */
interface StoredCollection {
  readonly spec: CollectionSpec;
  /** Null when it isn't hybrid. */
  readonly language: Language | null;
}

/** The client's own `createCollection` leaves the metadata out. */
export function creation({ spec, language }: StoredCollection, settings: QdrantSettings) {
  const { vectors, collection } = initialSettings(settings);
  return {
    collection_name: spec.name,
    vectors: { size: spec.model.dimensions, distance: DISTANCES[spec.distance], ...vectors },
    ...(spec.features.hybrid ? { sparse_vectors: { [TERMS]: { modifier: "idf" as const } } } : {}),
    ...collection,
    ...metadataOf({ spec, language }),
  };
}

/** A part of the collection's creation or change. */
export function metadataOf({ spec: { model, features, origin }, language }: StoredCollection) {
  const own = { model, features, origin, ...(language === null ? {} : { language }) };
  return { metadata: { [OURS]: own } satisfies z.input<typeof metadata> };
}

export function isOurs(info: CollectionInfo | null): boolean {
  return metadata.safeParse(info?.config.metadata).success;
}

/** @throws when the collection isn't one of Freshet's. */
export function storedCollection(name: string, info: CollectionInfo): StoredCollection {
  const found = metadata.safeParse(info.config.metadata);
  const { vectors } = info.config.params;
  const distance = distances.get(vectors && "distance" in vectors ? vectors.distance : undefined);
  if (!found.success || distance === undefined) {
    throw new Error(
      `Qdrant has a collection ${name} that Freshet didn't make; rename the index in freshet.yaml, or remove that collection.`,
    );
  }
  const { model, features, origin, language = null } = found.data[OURS];
  return { spec: { name, model, distance, features, origin }, language };
}

/** @throws when the server is too old to keep what Freshet promises. */
export function requireVersion(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(`Qdrant ${version} is too old: Freshet needs ${oldestMajor}.${oldestMinor} or newer.`);
}
