import { loadWords, type Language } from "./language.js";
import { murmur3 } from "./murmur3.js";
import { MAX_STEMMED } from "./stems.js";
import { wordsOf } from "./words.js";

/** How much more a word counts that comes again in a text. */
const K1 = 1.2;
/** How much less a word counts in a longer text: 0 not at all, 1 in proportion. */
const B = 0.75;
/**
 * Of a chunk, in words that aren't stop words. Not the collection's own: a text's weights would change whenever others
 * are written.
 */
const AVERAGE_LENGTH = 64;
/** Of a language's words the same come again and again. */
const MAX_KNOWN = 100_000;

/** The terms of a text: ids ascending, and at the same place each one's weight. Empty when the text has no word. */
export interface TermWeights {
  /** From 0 to 2^31. */
  readonly ids: number[];
  /** Above 0 and below k1 + 1; without the idf. */
  readonly weights: number[];
}

/**
 * BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) as the product of two
 * sparse vectors: a text's score is the sum of idf · weight over the terms that the query has too. The idf is the
 * store's to know. For the language `none` ids and weights are those of Qdrant's own `qdrant/bm25`
 * with `avg_len: 64` (https://qdrant.tech/documentation/search/text-search/full-text-search/#bm25).
 */
export interface Bm25 {
  document(text: string): TermWeights;
  /** Ids ascending; each has the weight 1. */
  query(text: string): number[];
}

export async function loadBm25(language: Language): Promise<Bm25> {
  const { stemmer, stopwords } = await loadWords(language);
  const ignored = new Set(stopwords);
  const known = new Map<string, number>();

  const idOf = (word: string): number => {
    if (word.length > MAX_STEMMED) return termId(word);
    let id = known.get(word);
    if (id === undefined) {
      id = termId(stemmer(word));
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(word, id);
    }
    return id;
  };
  const idsOf = (text: string): number[] =>
    Array.from(wordsOf(text))
      .filter((word) => !ignored.has(word))
      .map(idOf);

  return {
    document: (text) => {
      const words = idsOf(text);
      const counts = new Map<number, number>();
      for (const id of words) counts.set(id, (counts.get(id) ?? 0) + 1);
      const ids = [...counts.keys()].sort((a, b) => a - b);
      const saturation = K1 * (1 - B + (B * words.length) / AVERAGE_LENGTH);
      const weigh = (count: number) => (count * (K1 + 1)) / (count + saturation);
      return { ids, weights: ids.map((id) => Math.fround(weigh(counts.get(id) ?? 0))) };
    },
    query: (text) => [...new Set(idsOf(text))].sort((a, b) => a - b),
  };
}

function termId(stem: string): number {
  return Math.abs(murmur3(stem) | 0);
}
