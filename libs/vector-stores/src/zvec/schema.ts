import { ZVecCollectionSchema, ZVecDataType, ZVecIndexType, ZVecMetricType } from "@zvec/zvec";
import type { Distance } from "../collection-spec.js";
import { boundFields, FACETS, hasRange } from "./facets.js";
import type { StoredCollection } from "./stored-collection.js";

/** zvec's names of a point's vector, of its terms' weights, and of its terms alone. */
export const VECTOR = "vector";
export const WEIGHTS = "weights";
export const TERMS = "terms";

const { STRING, ARRAY_STRING, ARRAY_UINT32, VECTOR_FP16, VECTOR_FP32, SPARSE_VECTOR_FP32 } = ZVecDataType;
const INVERTED = { indexType: ZVecIndexType.INVERT, enableRangeOptimization: false } as const;
const SORTED = { indexType: ZVecIndexType.INVERT, enableRangeOptimization: true } as const;

const METRICS = {
  cosine: ZVecMetricType.COSINE,
  dot: ZVecMetricType.IP,
  euclid: ZVecMetricType.L2,
} satisfies Record<Distance, ZVecMetricType>;

const VECTOR_TYPES = { none: VECTOR_FP32, fp16: VECTOR_FP16 } as const;

export function zvecSchema({ model, distance, features, settings }: StoredCollection): ZVecCollectionSchema {
  const { m, efConstruction, quantization } = settings;
  const vector = {
    name: VECTOR,
    // zvec's own quantisation keeps the whole vectors too: a type of half the size is what makes files smaller.
    dataType: VECTOR_TYPES[quantization],
    dimension: model.dimensions,
    indexParams: { indexType: ZVecIndexType.HNSW, metricType: METRICS[distance], m, efConstruction },
  };
  // A graph of weights without their idf would lead astray: all of them are compared.
  const flat = { indexType: ZVecIndexType.FLAT, metricType: ZVecMetricType.IP } as const;
  const weights = { name: WEIGHTS, dataType: SPARSE_VECTOR_FP32, indexParams: flat };
  const ranges = Object.entries(features.fields)
    .filter(([, type]) => hasRange(type))
    .flatMap(([column]) => Object.values(boundFields(column)));
  return new ZVecCollectionSchema({
    name: "points",
    vectors: features.hybrid ? [vector, weights] : [vector],
    fields: [
      // The id once more: a filter reads a thousand documents in the time in which zvec's fetch by id reads ten.
      { name: "pid", dataType: STRING, indexParams: INVERTED },
      { name: "rows", dataType: STRING, indexParams: INVERTED },
      { name: "position", dataType: STRING },
      { name: "metadata", dataType: STRING },
      { name: "content", dataType: STRING },
      ...(features.hybrid ? [{ name: TERMS, dataType: ARRAY_UINT32 }] : []),
      ...(Object.keys(features.fields).length > 0
        ? [{ name: FACETS, dataType: ARRAY_STRING, indexParams: INVERTED }]
        : []),
      ...ranges.map((name) => ({ name, dataType: STRING, nullable: true, indexParams: SORTED })),
    ],
  });
}
