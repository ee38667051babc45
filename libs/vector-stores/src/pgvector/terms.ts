import type { Bm25 } from "../bm25/bm25.js";

/** The most that a `sparsevec` has, https://github.com/pgvector/pgvector#sparse-vectors */
const TERMS = 1_000_000_000;
/** Of them not zero; a text with more words isn't found by those that weigh least. */
const TERMS_OF_TEXT = 16_000;

/** A text's terms twice: to find the points that have one by an index, and each one's weight to compute scores with. */
export const TERM_COLUMN_DEFINITIONS = ["terms integer[] NOT NULL", `weights sparsevec(${TERMS}) NOT NULL`] as const;

/** What an index of the terms is made over, after `USING`. */
export const TERMS_INDEX = "gin (terms)";

/** As Postgres reads them. */
export interface StoredTerms {
  /** `integer[]` */
  readonly terms: string;
  /** `sparsevec` */
  readonly weights: string;
}

export function storedTerms(bm25: Bm25, text: string): StoredTerms {
  const { ids, weights } = bm25.document(text);
  const byTerm = new Map<number, number>();
  for (const [place, id] of ids.entries()) {
    const term = termOf(id);
    byTerm.set(term, (byTerm.get(term) ?? 0) + (weights[place] ?? 0));
  }
  const kept = [...byTerm].sort(([, a], [, b]) => b - a).slice(0, TERMS_OF_TEXT);
  return {
    terms: `{${kept.map(([term]) => term).join(",")}}`,
    weights: `{${kept.map(([term, weight]) => `${term}:${weight}`).join(",")}}/${TERMS}`,
  };
}

/** `integer[]` */
export function queryTerms(bm25: Bm25, text: string): string {
  return `{${[...new Set(bm25.query(text).map(termOf))].join(",")}}`;
}

/** A `sparsevec` of a set of rows that have `term` and its `weight`. */
export function sparseVector(term: string, weight: string): string {
  return `('{' || string_agg(${term} || ':' || ${weight}, ',') || '}/${TERMS}')::sparsevec`;
}

/** Two words of 2^31 that fall together count as one. */
function termOf(id: number): number {
  return (id % TERMS) + 1;
}
