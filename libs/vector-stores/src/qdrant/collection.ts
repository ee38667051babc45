import type { QdrantClient } from "@qdrant/js-client-rest";
import { z } from "zod";
import type { CollectionSpec, Distance } from "../vector-store.js";
import { OURS } from "./point.js";

/** `update_filter` and a collection's own metadata came with this version; older servers ignore both in silence. */
const OLDEST_VERSION = [1, 16] as const;

/** What filters ask for gets an index, before the first point: servers in strict mode refuse other filters. */
export const PAYLOAD_INDEXES = [
  { field_name: `${OURS}.table`, field_schema: "keyword" },
  { field_name: `${OURS}.key`, field_schema: "keyword" },
  { field_name: `${OURS}.partition`, field_schema: "integer" },
  { field_name: `${OURS}.epoch`, field_schema: "integer" },
  { field_name: `${OURS}.lsn`, field_schema: "integer" },
  { field_name: `${OURS}.seq`, field_schema: "integer" },
] as const;

/** Its own names, both ways. */
const DISTANCES = { cosine: "Cosine", dot: "Dot", euclid: "Euclid" } as const satisfies Record<Distance, string>;
const distances = new Map<unknown, Distance>([
  ["Cosine", "cosine"],
  ["Dot", "dot"],
  ["Euclid", "euclid"],
]);

const metadata = z.object({
  [OURS]: z.object({
    model: z.object({ name: z.string(), revision: z.string(), dtype: z.string(), dimensions: z.int() }),
  }),
});

/** The client's own `createCollection` leaves the metadata out. */
export function creation({ name, model, distance }: CollectionSpec) {
  return {
    collection_name: name,
    vectors: { size: model.dimensions, distance: DISTANCES[distance] },
    metadata: { [OURS]: { model } } satisfies z.input<typeof metadata>,
  };
}

/** @throws when the collection isn't one of Freshet's. */
export function specOf(name: string, info: Awaited<ReturnType<QdrantClient["getCollection"]>>): CollectionSpec {
  const found = metadata.safeParse(info.config.metadata);
  const { vectors } = info.config.params;
  const distance = distances.get(vectors && "distance" in vectors ? vectors.distance : undefined);
  if (!found.success || distance === undefined) {
    throw new Error(
      `Qdrant has a collection ${name} that Freshet didn't make; rename the index in freshet.yaml, or remove that collection.`,
    );
  }
  return { name, model: found.data[OURS].model, distance };
}

/** @throws when the server is too old to keep what Freshet promises. */
export function requireVersion(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(`Qdrant ${version} is too old: Freshet needs ${oldestMajor}.${oldestMinor} or newer.`);
}
