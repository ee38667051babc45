import { MAX_CHARACTERS_PER_TOKEN } from "../../token-length.js";

/** Tokenizers' time grows with the square of what they can't split, so no more than this is handed to them at once. */
const PIECE = 4096;
/** Longer than any word; it is split where no tokenizer would, which may count a token more. */
const LONGEST_WORD = 256;

/** How many tokens a short text has, without special ones. */
export type Count = (text: string) => number;

/** What a server is to be sent of a text. */
export interface Cut {
  /** So many UTF-16 units from its beginning. */
  readonly length: number;
  readonly tokens: number;
}

/** Tokens of a text of any length. */
export function countTokens(text: string, count: Count): number {
  let sum = 0;
  for (const piece of pieces(text)) sum += count(piece);
  return sum;
}

/** As much of a text's beginning as has at most so many tokens. */
export function cutToTokens(text: string, maxTokens: number, count: Count): Cut {
  let length = 0;
  let tokens = 0;
  for (const piece of pieces(headOf(text, maxTokens * MAX_CHARACTERS_PER_TOKEN))) {
    const more = count(piece);
    if (tokens + more > maxTokens) {
      const fits = longestPrefix(piece, maxTokens - tokens, count);
      return { length: length + fits.length, tokens: tokens + fits.tokens };
    }
    length += piece.length;
    tokens += more;
  }
  return { length, tokens };
}

/** By halving: a longer prefix has hardly ever fewer tokens. */
function longestPrefix(piece: string, maxTokens: number, count: Count): Cut {
  let best: Cut = { length: 0, tokens: 0 };
  for (let low = 1, high = piece.length - 1; low <= high;) {
    const middle = (low + high) >> 1;
    const head = headOf(piece, middle);
    const tokens = count(head);
    if (tokens <= maxTokens) {
      if (head.length > best.length) best = { length: head.length, tokens };
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return best;
}

/** The text in order, split before white space where it has some: there most tokenizers split too. */
function* pieces(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = pieceEnd(text, start);
    yield text.slice(start, end);
    start = end;
  }
}

function pieceEnd(text: string, start: number): number {
  const word = /\S{257}/u.exec(text.slice(start, start + PIECE));
  const limit = Math.min(start + PIECE, word ? start + word.index + LONGEST_WORD : Infinity);
  if (limit >= text.length) return text.length;
  if (!word) {
    for (let end = limit; end > start; end--) if (/^\s\S/u.test(text.slice(end, end + 2))) return end;
  }
  return headOf(text, limit).length;
}

/** Its first UTF-16 units, but no half of a surrogate pair. */
function headOf(text: string, length: number): string {
  const splitsPair = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(length - 1, length + 1));
  return text.slice(0, splitsPair ? length - 1 : length);
}
