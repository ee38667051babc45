import { AutoTokenizer, env } from "@xenova/transformers";
import { basename, dirname } from "node:path";
import { MAX_CHARACTERS_PER_TOKEN } from "../token-length.js";
import { WordTokens } from "./word-tokens.js";

/** Words that byte-pair encoding remembers before it forgets them all; the package itself never forgets any. */
const MAX_REMEMBERED = 50_000;
/** Shows whether a tokenizer splits at whitespace before all else, as those of BERT and XLM-RoBERTa do. */
const PROBE = "A naïve probe:  two spaces,\n\nlines\tand “quotes”; 漢字, don't (3.14)! ";

export interface Tokenizer {
  /** A text's token ids, with the model's special tokens, cut at the model's maximum. */
  encode(text: string): readonly number[];
  /**
   * How many tokens the whole text has, without special ones. Exact where the tokenizer splits at whitespace first,
   * but for a word of more than 10,000 characters; else whitespace may count otherwise.
   */
  count(text: string): number;
}

/** @throws {Error} when the folder's tokenizer files can't be used. */
export async function openTokenizer(folder: string, maxTokens: number): Promise<Tokenizer> {
  env.allowLocalModels = true;
  env.useFSCache = false;
  env.localModelPath = dirname(folder);
  const tokenizer = await AutoTokenizer.from_pretrained(basename(folder), { local_files_only: true });
  const remembered: unknown = "cache" in tokenizer.model ? tokenizer.model.cache : null;
  const tokenise = (text: string): readonly number[] => {
    if (remembered instanceof Map && remembered.size > MAX_REMEMBERED) remembered.clear();
    return tokenizer.encode(text, null, { add_special_tokens: false });
  };
  const words = new WordTokens(tokenise);
  const special: readonly number[] = tokenizer.encode("");
  const opening = special.slice(0, special.length / 2);
  const closing = special.slice(special.length / 2);
  const room = maxTokens - special.length;

  const encodeWhole = (text: string) => tokenise(text.slice(0, maxTokens * MAX_CHARACTERS_PER_TOKEN));
  const encodeWords = (text: string) => {
    const ids: number[] = [];
    for (const word of words.of(text)) {
      ids.push(...word);
      if (ids.length >= room) break;
    }
    return ids;
  };
  const encode = encodeWords(PROBE).join() === encodeWhole(PROBE).slice(0, room).join() ? encodeWords : encodeWhole;
  return {
    encode: (text) => [...opening, ...encode(text).slice(0, room), ...closing],
    count(text) {
      let sum = 0;
      for (const word of words.of(text)) sum += word.length;
      return sum;
    },
  };
}
