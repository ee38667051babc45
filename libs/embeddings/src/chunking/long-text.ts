import { pack, type MeasuredPiece } from "./pack.js";
import { MAX_CHARACTERS_PER_TOKEN } from "../token-length.js";
import { cutFiner, type Piece } from "./pieces.js";

/** A text can't be cut as the rules want it. */
export class ChunkingError extends Error {
  override readonly name = "ChunkingError";
}

export interface LongTextRules {
  readonly maxTokens: number;
  readonly overlap: number;
  readonly maxChunks: number;
  /** For the text of a chunk, in tokens: what the prefix and special tokens leave. */
  readonly ownRoom: number;
}

/** A text of several chunks, on its way from pieces whose tokens are counted to chunks. */
export class LongText {
  readonly text: string;
  readonly #rules: LongTextRules;
  readonly #pieces: MeasuredPiece[] = [];
  /** Pieces that are too large, in finer ones that aren't counted yet. */
  #uncounted: Piece[] = [];
  /** Of a chunk: falls when chunks turn out to have more tokens than their pieces. */
  #limit: number;
  #tokens = 0;
  error: ChunkingError | null = null;

  constructor(text: string, rules: LongTextRules) {
    this.text = text;
    this.#rules = rules;
    this.#limit = rules.ownRoom;
  }

  take(piece: Piece, count: number): void {
    if (this.error !== null) return;
    const part = this.text.slice(piece.start, piece.end);
    // Some tokenizers take what they don't know for a single token, however long it is.
    const tokens = Math.max(count, part.length / MAX_CHARACTERS_PER_TOKEN);
    if (tokens > this.#limit) {
      this.#cut(piece);
      return;
    }
    this.#pieces.push({ ...piece, tokens, isBlank: part.trim() === "" });
    this.#tokens += tokens;
    // Chunks have no fewer tokens than that, so the rest needn't be looked at.
    if (this.#tokens > this.#rules.maxChunks * this.#rules.ownRoom) this.#refuse();
  }

  takeUncounted(): readonly Piece[] {
    const pieces = this.error === null ? this.#uncounted : [];
    this.#uncounted = [];
    return pieces;
  }

  chunks(): readonly string[] {
    const pieces = this.#pieces.sort((a, b) => a.start - b.start);
    const overlap = Math.min(this.#rules.overlap, this.#limit / 2);
    const spans = pack(pieces, { tokens: this.#limit, overlap });
    if (spans.length > this.#rules.maxChunks) this.#refuse();
    return spans.map(({ first, end }) => this.text.slice(pieces[first]?.start, pieces[end - 1]?.end).trim());
  }

  /** Pieces can have more tokens together than alone: so many less shall be in a chunk. */
  lowerLimit(by: number): void {
    this.#limit -= by;
    const tooLarge = this.#pieces.filter(({ tokens }) => tokens > this.#limit);
    for (const piece of tooLarge) {
      this.#pieces.splice(this.#pieces.indexOf(piece), 1);
      this.#tokens -= piece.tokens;
      this.#cut(piece);
    }
  }

  #cut(piece: Piece): void {
    const finer = cutFiner(this.text, piece);
    if (finer.length > 1) this.#uncounted.push(...finer);
    else this.error = new ChunkingError(`no chunk of ${this.#rules.maxTokens} tokens can be cut of the text`);
  }

  #refuse(): void {
    const { maxChunks, maxTokens } = this.#rules;
    this.error = new ChunkingError(
      `the text has ${this.text.length} characters, more than ${maxChunks} chunks of ${maxTokens} tokens hold: ` +
        `raise the index's chunking.maxChunks, or leave the row out with where`,
    );
  }
}
