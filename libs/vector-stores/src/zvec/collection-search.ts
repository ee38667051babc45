import { ZVecIndexType, type ZVecCollection, type ZVecDoc, type ZVecQuery } from "@zvec/zvec";
import type { Distance } from "../collection-spec.js";
import { allDocuments } from "./all-documents.js";
import { contentOf, POINT_FIELDS, termsOf } from "./document.js";
import { fused } from "./fusion.js";
import type { ZvecHit } from "./point.js";
import { TERMS, VECTOR, WEIGHTS } from "./schema.js";
import type { TermCounts } from "./term-counts.js";

/** zvec's limit. */
const MAX_HITS = 100_000;
/** Of each of the lists that are fused. */
const MIN_CANDIDATES = 100;

export interface ZvecSearch {
  readonly vector: Float32Array;
  readonly k: number;
  /** In zvec's language; null is every point. */
  readonly filter: string | null;
  /** Of the query's text, for BM25; null to search by nearness alone. */
  readonly terms: readonly number[] | null;
  /** Candidates in the graph; zvec's own choice when absent. */
  readonly efSearch?: number | undefined;
}

/** Searches of one zvec collection. What the index doesn't hold yet is compared one by one. */
export class CollectionSearch {
  readonly #zvec: ZVecCollection;
  readonly #distance: Distance;
  readonly #counts: TermCounts;

  constructor(
    zvec: ZVecCollection,
    { distance, counts }: { readonly distance: Distance; readonly counts: TermCounts },
  ) {
    this.#zvec = zvec;
    this.#distance = distance;
    this.#counts = counts;
  }

  search(request: ZvecSearch): ZvecHit[] {
    const { k, terms } = request;
    if (terms === null) return this.#nearest(request);
    const candidates = { ...request, k: Math.max(k, MIN_CANDIDATES) };
    return fused([this.#nearest(candidates), this.#byTerms(candidates, terms)], k);
  }

  #nearest({ vector, efSearch, ...request }: ZvecSearch): ZvecHit[] {
    const params = { indexType: ZVecIndexType.HNSW, ef: Math.max(efSearch ?? 0, request.k) };
    const query = { fieldName: VECTOR, vector, ...(efSearch === undefined ? {} : { params }) };
    return this.#query(query, request).map((document) => ({
      ...contentOf(document),
      score: toScore(document.score, this.#distance),
    }));
  }

  /** By BM25, those alone that have some term. */
  #byTerms(request: ZvecSearch, terms: readonly number[]): ZvecHit[] {
    if (!this.#counts.known) this.#counts.countAll(this.#allTerms());
    const vector = this.#counts.idf(terms, this.#zvec.stats.docCount);
    if (Object.keys(vector).length === 0) return [];
    return this.#query({ fieldName: WEIGHTS, vector }, request)
      .filter(({ score }) => score > 0)
      .map((document) => ({ ...contentOf(document), score: document.score }));
  }

  #query(query: ZVecQuery, { k, filter }: Pick<ZvecSearch, "k" | "filter">): ZVecDoc[] {
    const topk = Math.min(k, MAX_HITS);
    return this.#zvec.querySync({ ...query, topk, outputFields: POINT_FIELDS, ...(filter === null ? {} : { filter }) });
  }

  *#allTerms(): Generator<Iterable<number>> {
    for (const document of allDocuments(this.#zvec, [TERMS])) yield termsOf(document);
  }
}

/** What zvec answers with is a distance, of straight lines its square; of inner products it is the product. */
function toScore(answered: number, distance: Distance): number {
  switch (distance) {
    case "cosine":
      return 1 - answered;
    case "dot":
      return answered;
    case "euclid":
      return -Math.sqrt(answered);
    default:
      return distance satisfies never;
  }
}
