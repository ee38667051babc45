import type { CollectionSpec, Distance } from "../collection-spec.js";
import type { Hnsw } from "../hnsw.js";

/** What HNSW indexes of each type, https://github.com/pgvector/pgvector#hnsw */
const MAX_VECTOR = 2_000;
const MAX_HALFVEC = 4_000;
const MAX_BIT = 64_000;
/** Candidates for each hit, that are ranked again by their vectors; bits alone say little. */
const HALF_CANDIDATES = 2;
const BINARY_CANDIDATES = 10;

const OPERATORS = { cosine: "<=>", dot: "<#>", euclid: "<->" } as const satisfies Record<Distance, string>;
const OPERATOR_CLASSES = { cosine: "cosine_ops", dot: "ip_ops", euclid: "l2_ops" } as const satisfies Record<
  Distance,
  string
>;

/** As what the index holds vectors: as they are stored, with two bytes a dimension, or with one bit. */
export type Quantization = "none" | "half" | "binary";

export interface VectorIndex {
  /** What the index is made over, after `USING`. */
  readonly definition: string;
  /** The expression that the index answers: less is nearer. @param query of type `vector`. */
  readonly distanceTo: (query: string) => string;
  readonly candidatesPerHit: number;
}

export function columnType(dimensions: number): "vector" | "halfvec" {
  return dimensions > MAX_VECTOR ? "halfvec" : "vector";
}

/** How far a point is from a query's vector: less is nearer. @param query of type `vector`. */
export function distanceTo(query: string, { model, distance }: CollectionSpec): string {
  return `embedding ${OPERATORS[distance]} ${query}::${columnType(model.dimensions)}`;
}

/** Undefined where pgvector has no index for so many dimensions: a search then looks at every point. */
export function vectorIndex(
  spec: CollectionSpec,
  { quantization, hnsw = {} }: { readonly quantization: Quantization; readonly hnsw?: Hnsw | undefined },
): VectorIndex | undefined {
  const { distance, model } = spec;
  const { dimensions } = model;
  const over = (key: string) => `hnsw (${key})${parametersOf(hnsw)}`;
  if (quantization === "binary") {
    if (dimensions > MAX_BIT) return undefined;
    const bits = `binary_quantize(embedding)::bit(${dimensions})`;
    return {
      definition: over(`(${bits}) bit_hamming_ops`),
      distanceTo: (query) => `${bits} <~> binary_quantize(${query}::${columnType(dimensions)})`,
      candidatesPerHit: BINARY_CANDIDATES,
    };
  }
  if (dimensions > MAX_HALFVEC) return undefined;
  const stored = columnType(dimensions);
  if (quantization === "half" && stored === "vector") {
    const half = `embedding::halfvec(${dimensions})`;
    return {
      definition: over(`(${half}) halfvec_${OPERATOR_CLASSES[distance]}`),
      distanceTo: (query) => `${half} ${OPERATORS[distance]} ${query}::halfvec(${dimensions})`,
      candidatesPerHit: HALF_CANDIDATES,
    };
  }
  return {
    definition: over(`embedding ${stored}_${OPERATOR_CLASSES[distance]}`),
    distanceTo: (query) => distanceTo(query, spec),
    candidatesPerHit: 1,
  };
}

export function toScore(distanceText: string, distance: Distance): number {
  const away = Number(distanceText);
  return distance === "cosine" ? 1 - away : -away;
}

function parametersOf({ m, efConstruction }: Hnsw): string {
  const given = [
    ...(m === undefined ? [] : [`m = ${m}`]),
    ...(efConstruction === undefined ? [] : [`ef_construction = ${efConstruction}`]),
  ];
  return given.length === 0 ? "" : ` WITH (${given.join(", ")})`;
}
