import { loadWords, type Language } from "../bm25/language.js";
import { wordsOf } from "../bm25/words.js";

/** What is longer has no endings. */
const MAX_STEMMED = 64;

/** The words of a text as Weaviate is to count them, with a space between; empty when it has none. */
export type Words = (text: string) => string;

/** The same words as in other stores: Weaviate's own tokenizers take no endings off. */
export async function loadWeaviateWords(language: Language): Promise<Words> {
  const { stemmer, stopwords } = await loadWords(language);
  const ignored = new Set(stopwords);
  return (text) =>
    Array.from(wordsOf(text))
      .filter((word) => !ignored.has(word))
      .map((word) => (word.length > MAX_STEMMED ? word : stemmer(word)))
      .join(" ");
}
