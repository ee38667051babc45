import { AutoTokenizer, env } from "@xenova/transformers";
import { basename, dirname } from "node:path";

/** No word piece is this long on average: what lies behind can't be among the first tokens of any text people write. */
const MAX_CHARACTERS_PER_TOKEN = 100;

export interface Tokenizer {
  /** A text's token ids, with the model's special tokens, cut at the model's maximum. */
  encode(text: string): readonly number[];
  /** How many tokens the whole text has, without special ones. */
  count(text: string): number;
}

/** @throws {Error} when the folder's tokenizer files can't be used. */
export async function openTokenizer(folder: string, maxTokens: number): Promise<Tokenizer> {
  env.allowLocalModels = true;
  env.useFSCache = false;
  env.localModelPath = dirname(folder);
  const tokenizer = await AutoTokenizer.from_pretrained(basename(folder), { local_files_only: true });
  return {
    encode(text) {
      const ids: readonly number[] = tokenizer.encode(text.slice(0, maxTokens * MAX_CHARACTERS_PER_TOKEN));
      if (ids.length <= maxTokens) return ids;
      // The package's own truncation loses the closing token, with which the model was trained.
      return [...ids.slice(0, maxTokens - 1), ...ids.slice(-1)];
    },
    count: (text) => tokenizer.encode(text, null, { add_special_tokens: false }).length,
  };
}
