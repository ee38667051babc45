import type { Language } from "../bm25/language.js";
import { loadStems } from "../bm25/stems.js";

/** The words of a text as Weaviate is to count them, with a space between; empty when it has none. */
export type Words = (text: string) => string;

/** The same words as in other stores: Weaviate's own tokenizers take no endings off. */
export async function loadWeaviateWords(language: Language): Promise<Words> {
  const stems = await loadStems(language);
  return (text) => [...stems(text)].join(" ");
}
