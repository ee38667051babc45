import type { HybridSearchReq, HybridSearchSingleReq } from "@zilliz/milvus2-sdk-node";
import type { CollectionSpec } from "../collection-spec.js";
import type { SearchRequest } from "../vector-store.js";
import { toMilvusFilter } from "./column-filter.js";
import { CONTENT_FIELDS } from "./point.js";
import { toResourceName } from "./resource-name.js";

/** Of reciprocal rank fusion: https://milvus.io/docs/rrf-ranker.md */
const RANK_CONSTANT = 60;

/** Hits of each of the two searches of a hybrid one, at least. */
const FUSED = 100;
/** https://milvus.io/docs/limitations.md */
const MAX_HITS = 16_384;

/** The client takes a limit for each search, though its type doesn't say. */
interface LimitedSearch extends HybridSearchSingleReq {
  readonly limit: number;
}

interface SearchContext {
  readonly spec: CollectionSpec;
  readonly efSearch: number | undefined;
}

export function nearestSearch({ vector, k, filter }: SearchRequest, { spec, efSearch }: SearchContext) {
  return {
    collection_name: toResourceName(spec.name),
    anns_field: "vector",
    data: Array.from(vector),
    limit: k,
    output_fields: CONTENT_FIELDS,
    params: candidates(k, efSearch),
    ...(filter ? { filter: toMilvusFilter(filter, spec.features.tenant) } : {}),
  };
}

/** Milvus fuses by rank what the two find: more of each than are wanted, because what both find is ahead. */
export function hybridSearch(
  { vector, k, filter }: SearchRequest,
  words: string,
  { spec, efSearch }: SearchContext,
): HybridSearchReq {
  const limit = Math.min(Math.max(k, FUSED), MAX_HITS);
  const narrowing = filter ? { expr: toMilvusFilter(filter, spec.features.tenant) } : {};
  const searches: LimitedSearch[] = [
    { anns_field: "vector", data: Array.from(vector), params: candidates(limit, efSearch), limit, ...narrowing },
    { anns_field: "terms", data: words, params: { metric_type: "BM25" }, limit, ...narrowing },
  ];
  return {
    collection_name: toResourceName(spec.name),
    data: searches,
    rerank: { strategy: "rrf", params: { k: RANK_CONSTANT } },
    limit: k,
    output_fields: CONTENT_FIELDS,
  };
}

/** Milvus refuses fewer candidates than hits. */
function candidates(k: number, efSearch: number | undefined): Record<string, number> {
  return efSearch === undefined ? {} : { ef: Math.max(k, efSearch) };
}
