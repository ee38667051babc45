import { isDeepStrictEqual } from "node:util";
import type { QdrantClient } from "@qdrant/js-client-rest";
import type { Hnsw } from "../hnsw.js";

/** What is left out is Qdrant's own choice, and of a collection that exists it is left as it is. */
export interface QdrantSettings {
  readonly hnsw?: Hnsw | undefined;
  readonly quantization?: "none" | keyof typeof QUANTIZATIONS | undefined;
  /** Of at least 1; what a quantization leaves out is found again. */
  readonly oversampling?: number | undefined;
  /** The vectors; a quantization's copies and the graph stay in memory. */
  readonly onDisk?: boolean | undefined;
}

/** What the server says of a collection. */
export type CollectionInfo = Awaited<ReturnType<QdrantClient["getCollection"]>>;
/** Edges of a node, and candidates while building. */
type Graph = Partial<Record<"m" | "ef_construct", number>>;

/** Of a collection that exists: what its update takes. The vectors are those without a name. */
export interface CollectionChanges {
  hnsw_config?: Graph;
  quantization_config?: (typeof QUANTIZATIONS)[keyof typeof QUANTIZATIONS] | "Disabled";
  vectors?: { "": { hnsw_config?: Graph; on_disk?: boolean } };
  metadata?: Record<string, unknown>;
}

/** https://qdrant.tech/documentation/guides/quantization/ */
const QUANTIZATIONS = {
  scalar: { scalar: { type: "int8", quantile: 0.99, always_ram: true } },
  binary: { binary: { always_ram: true } },
  product: { product: { compression: "x16", always_ram: true } },
  turbo: { turbo: { bits: "bits4", always_ram: true } },
} as const;

const OVERSAMPLING = 2;

/** A graph without edges is none: every search looks at every point. */
const NO_GRAPH = { m: 0 };

/**
 * Parts of a collection's creation. The collection's own `m` is what the graph is to have; the vectors' `m` of 0, which
 * precedes it, puts the graph off: https://qdrant.tech/documentation/manage-data/bulk-upload/
 */
export function initialSettings({ hnsw, quantization, onDisk }: QdrantSettings) {
  return {
    vectors: { hnsw_config: NO_GRAPH, ...(onDisk === undefined ? {} : { on_disk: onDisk }) },
    collection: {
      hnsw_config: graph(hnsw),
      ...(quantization === undefined || quantization === "none"
        ? {}
        : { quantization_config: QUANTIZATIONS[quantization] }),
    },
  };
}

/** What of a collection isn't as the settings have it. Qdrant builds it anew beside the searches. */
export function changedSettings(
  { config }: CollectionInfo,
  { hnsw, quantization, onDisk }: QdrantSettings,
): CollectionChanges {
  const changes: CollectionChanges = {};
  const vectors: NonNullable<CollectionChanges["vectors"]>[""] = {};
  const wanted = graph(hnsw);
  const own = ownSettings(config);
  if (!isDeepStrictEqual({ ...config.hnsw_config, ...wanted }, config.hnsw_config)) changes.hnsw_config = wanted;
  if (wanted.m !== undefined && own.m !== undefined && own.m !== NO_GRAPH.m && own.m !== wanted.m) {
    vectors.hnsw_config = { m: wanted.m };
  }
  if (onDisk !== undefined && own.onDisk !== onDisk) vectors.on_disk = onDisk;
  if (quantization !== undefined) {
    const stored = config.quantization_config ?? null;
    if (quantization === "none") {
      if (stored !== null) changes.quantization_config = "Disabled";
    } else if (!isDeepStrictEqual(stored, QUANTIZATIONS[quantization])) {
      changes.quantization_config = QUANTIZATIONS[quantization];
    }
  }
  if (Object.keys(vectors).length > 0) changes.vectors = { "": vectors };
  return changes;
}

/** What lets the graph of a collection be built that was put off. */
export function graphToBuild({ config }: CollectionInfo): CollectionChanges {
  return ownSettings(config).m === NO_GRAPH.m ? { vectors: { "": { hnsw_config: { m: config.hnsw_config.m } } } } : {};
}

/** Rescored by the vectors themselves, so that a score is what the port says. */
export function searchParameters({ hnsw, quantization, oversampling }: QdrantSettings) {
  const quantized = quantization !== undefined && quantization !== "none";
  return {
    ...(hnsw?.efSearch === undefined ? {} : { hnsw_ef: hnsw.efSearch }),
    ...(quantized ? { quantization: { rescore: true, oversampling: oversampling ?? OVERSAMPLING } } : {}),
  };
}

function graph(hnsw: QdrantSettings["hnsw"]): Graph {
  return {
    ...(hnsw?.m === undefined ? {} : { m: hnsw.m }),
    ...(hnsw?.efConstruction === undefined ? {} : { ef_construct: hnsw.efConstruction }),
  };
}

/** Those of the vectors that have no name. */
function ownSettings({ params }: CollectionInfo["config"]) {
  const vectors = params.vectors && "size" in params.vectors ? params.vectors : undefined;
  const graph = vectors?.hnsw_config;
  const m = graph && "m" in graph && typeof graph.m === "number" ? graph.m : undefined;
  return { m, onDisk: vectors?.on_disk ?? false };
}
