import type { SearchRequest } from "../vector-store.js";
import { TERMS } from "./collection.js";
import { toQdrantFilter } from "./column-filter.js";
import { searchParameters, type QdrantSettings } from "./settings.js";

/** Of each of the two lists that are fused, at least. */
const CANDIDATES = 100;
/** Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet …", 2009. Qdrant's own choice is 2. */
const RANK_CONSTANT = 60;

/**
 * https://qdrant.tech/documentation/concepts/hybrid-queries/
 *
 * @param terms of what was asked in words; null when nothing was. @throws {InputRefusedError} for a filter that Qdrant
 * can't be asked.
 */
export function searchQuery({ vector, k, filter }: SearchRequest, terms: number[] | null, settings: QdrantSettings) {
  const narrowing = filter ? { filter: toQdrantFilter(filter) } : {};
  const near = { query: Array.from(vector), params: searchParameters(settings), ...narrowing };
  const answer = { limit: k, with_payload: true };
  if (terms === null) return { ...near, ...answer };
  const limit = Math.max(k, CANDIDATES);
  const query = { indices: terms, values: terms.map(() => 1) };
  return {
    prefetch: [
      { ...near, limit },
      { query, using: TERMS, limit, ...narrowing },
    ],
    query: { rrf: { k: RANK_CONSTANT } },
    ...answer,
  };
}
