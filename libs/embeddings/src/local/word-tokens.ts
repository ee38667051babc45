import { copyOf } from "../string-copy.js";

/** A word with the whitespace before it; a very long one in pieces, for a tokenizer recurses over it. */
const WORDS = /\s?\S{1,10000}/gu;
/** Longer ones hardly come again. */
const MAX_REMEMBERED_LENGTH = 32;
const MAX_REMEMBERED = 50_000;

/**
 * Tokenises word by word and remembers the words, because a language repeats them: about ten times as fast as whole
 * texts, as far as the caller reads, and no text is too long.
 */
export class WordTokens {
  readonly #tokenise: (text: string) => readonly number[];
  readonly #remembered = new Map<string, readonly number[]>();

  constructor(tokenise: (text: string) => readonly number[]) {
    this.#tokenise = tokenise;
  }

  /** The ids of each word. */
  *of(text: string): Generator<readonly number[]> {
    for (const [word] of text.matchAll(WORDS)) yield this.#ofWord(word);
  }

  #ofWord(word: string): readonly number[] {
    const remembered = this.#remembered.get(word);
    if (remembered !== undefined) return remembered;
    const ids = this.#tokenise(word);
    if (word.length <= MAX_REMEMBERED_LENGTH) {
      if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
      this.#remembered.set(copyOf(word), ids);
    }
    return ids;
  }
}
