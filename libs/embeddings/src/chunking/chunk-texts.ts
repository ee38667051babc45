import { MAX_CHARACTERS_PER_TOKEN } from "../token-length.js";
import { chunkLongTexts } from "./long-texts.js";
import type { ChunkingError } from "./long-text.js";
import { countAll, type TokenCounter } from "./token-counter.js";

export interface ChunkingRules {
  /** Of a chunk, in the model's tokens, its prefix and special tokens included. */
  readonly maxTokens: number;
  /** How much of a chunk the next one repeats at most, in tokens; less than half of `maxTokens`. */
  readonly overlap: number;
  /** What the model puts before each chunk. */
  readonly prefix: string;
  /** A text that becomes more chunks is refused. */
  readonly maxChunks: number;
}

/** A beginning and an end: no model adds more to a single text. */
const SPECIAL_TOKENS = 2;

/**
 * Cuts each text into chunks that the model takes whole: at paragraphs, else sentences, else words, else anywhere but
 * inside a character. A text that fits is one chunk, as it is; other chunks have no white space at their ends. The same
 * text gives the same chunks in any company. The counter is called a few times for all texts together.
 *
 * @throws {ModelUnavailableError} when tokens can't be counted now.
 */
export async function chunkTexts(
  texts: readonly string[],
  counter: TokenCounter,
  rules: ChunkingRules,
): Promise<(readonly string[] | ChunkingError)[]> {
  const { prefix, maxTokens } = rules;
  const room = maxTokens - SPECIAL_TOKENS;
  const isShort = texts.map((text) => certainlyFits(prefix + text, room));
  if (isShort.every(Boolean)) return texts.map((text) => [text]);
  const candidates = texts.filter((text, place) => !isShort[place] && text.length <= room * MAX_CHARACTERS_PER_TOKEN);
  const counts = await countAll(counter, [prefix, ...candidates.map((text) => prefix + text)]);
  const [prefixTokens = 0] = counts;
  const fits = new Set(candidates.filter((_, place) => (counts[place + 1] ?? Infinity) <= room));
  const long = [...new Set(texts.filter((text, place) => !isShort[place] && !fits.has(text)))];
  const chunked = await chunkLongTexts(long, counter, { ...rules, room, ownRoom: room - prefixTokens });
  return texts.map((text) => chunked.get(text) ?? [text]);
}

/** A token has at least one byte of what any normal form makes of the text; some tokenizers put a space before it. */
function certainlyFits(text: string, room: number): boolean {
  return text.length < room && Buffer.byteLength(text.normalize("NFKD")) < room;
}
