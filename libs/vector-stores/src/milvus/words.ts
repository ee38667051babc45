import type { Language } from "../bm25/language.js";
import { loadStems } from "../bm25/stems.js";

/** Of a text in Milvus; the words after that aren't found. */
const MAX_BYTES = 65_535;

/** The words of a text as Milvus is to count them, with a space between; empty when it has none. */
export type Words = (text: string) => string;

/** The same words as in other stores: Milvus' own analyzers know fewer scripts and languages. */
export async function loadMilvusWords(language: Language): Promise<Words> {
  const stems = await loadStems(language);
  return (text) => {
    let joined = "";
    let bytes = 0;
    for (const stem of stems(text)) {
      bytes += Buffer.byteLength(stem) + 1;
      if (bytes > MAX_BYTES) break;
      joined += joined === "" ? stem : ` ${stem}`;
    }
    return joined;
  };
}
