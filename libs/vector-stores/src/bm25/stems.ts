import { loadWords, type Language } from "./language.js";
import { wordsOf } from "./words.js";

/** In characters; what is longer has no endings, and some stemmers' time grows with the square of the length. */
export const MAX_STEMMED = 64;

/** The words of a text without their endings, in order and as often as they come; without stop words. */
export type Stems = (text: string) => Iterable<string>;

/** For stores that count words themselves: the same words as those of `loadBm25`. */
export async function loadStems(language: Language): Promise<Stems> {
  const { stemmer, stopwords } = await loadWords(language);
  const ignored = new Set(stopwords);
  return function* (text) {
    for (const word of wordsOf(text)) {
      if (!ignored.has(word)) yield word.length > MAX_STEMMED ? word : stemmer(word);
    }
  };
}
