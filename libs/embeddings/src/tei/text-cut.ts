import { toUSVString } from "node:util";
import { MAX_CHARACTERS_PER_TOKEN } from "../token-length.js";

/** In UTF-8 of three bytes each still less than the 4 MB that a gRPC server takes in one message. */
const LONGEST_MESSAGE = 1_000_000;
/** Text Embeddings Inference counts no more than 250 characters per token of the model's maximum at once. */
const LONGEST_PIECE = 8_192;

/**
 * What is sent of a text: enough to fill the model, and UTF-8, which has no halves of surrogate pairs. The server refuses
 * an empty text; a blank is as little to the model.
 */
export function sendable(text: string, maxTokens: number): string {
  const start = text.slice(0, Math.min(maxTokens * MAX_CHARACTERS_PER_TOKEN, LONGEST_MESSAGE));
  return start === "" ? " " : toUSVString(start);
}

/** A text in pieces that can be counted one by one, cut at white space where there is any. */
export function pieces(text: string, maxTokens: number): string[] {
  const longest = Math.min(LONGEST_PIECE, maxTokens * MAX_CHARACTERS_PER_TOKEN);
  const found: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = start + longest < text.length ? cutBefore(text, start, start + longest) : text.length;
    found.push(toUSVString(text.slice(start, end)));
    start = end;
  }
  return found;
}

function cutBefore(text: string, start: number, end: number): number {
  const white = text.slice(start, end).search(/\s\S*$/);
  if (white > 0) return start + white;
  // Both halves of a surrogate pair belong to one piece.
  return /[\uDC00-\uDFFF]/.test(text.charAt(end)) ? end - 1 : end;
}
