import { strength, type Piece } from "./pieces.js";

export interface MeasuredPiece extends Piece {
  /** Never less than in company: what several pieces have together is at most the sum. */
  readonly tokens: number;
  /** Nothing but white space: no chunk begins with it. */
  readonly isBlank: boolean;
}

export interface PackLimits {
  /** Of a chunk, in tokens. No piece has more. */
  readonly tokens: number;
  /** How much of a chunk's end the next one begins with at most, in tokens. */
  readonly overlap: number;
}

/** Which pieces a chunk has: from `first` up to `end`, which isn't part of it. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

/** As few chunks as the borders allow: each is filled, then cut at the best border of its second half. */
export function pack(pieces: readonly MeasuredPiece[], limits: PackLimits): Span[] {
  const spans: Span[] = [];
  for (let first = skipBlank(pieces, 0), done = 0; first < pieces.length;) {
    const end = endOf(pieces, { first, done }, limits);
    spans.push({ first, end });
    const next = skipBlank(pieces, end);
    if (next === pieces.length) break;
    first = next === end ? startOfNext(pieces, { first, end }, limits) : next;
    done = next;
  }
  return spans;
}

function skipBlank(pieces: readonly MeasuredPiece[], from: number): number {
  let place = from;
  while (pieces[place]?.isBlank === true) place += 1;
  return place;
}

/** @param done the pieces before it are in a chunk already, so the chunk has to reach beyond. */
function endOf(
  pieces: readonly MeasuredPiece[],
  { first, done }: { readonly first: number; readonly done: number },
  limits: PackLimits,
): number {
  let tokens = 0;
  let [best, bestStrength] = [done + 1, -1];
  for (let end = first; end < pieces.length; end++) {
    const piece = pieces[end];
    if (piece === undefined) break;
    if (end > done && 2 * tokens >= limits.tokens && strength(piece.border) >= bestStrength) {
      [best, bestStrength] = [end, strength(piece.border)];
    }
    if (end > done && tokens + piece.tokens > limits.tokens) return bestStrength === -1 ? end : best;
    tokens += piece.tokens;
  }
  return pieces.length;
}

/** Back over as many pieces as the overlap allows, at the best border among them; the next piece has to fit beside. */
function startOfNext(pieces: readonly MeasuredPiece[], { first, end }: Span, limits: PackLimits): number {
  const room = Math.min(limits.overlap, limits.tokens - (pieces[end]?.tokens ?? 0));
  let tokens = 0;
  let [best, bestStrength] = [end, -1];
  for (let start = end - 1; start > first; start--) {
    const piece = pieces[start];
    if (piece === undefined) break;
    tokens += piece.tokens;
    if (tokens > room) break;
    // Sentences begin as well as paragraphs do: more of them is better.
    const value = Math.min(strength(piece.border), strength("sentence"));
    if (!piece.isBlank && value >= bestStrength) [best, bestStrength] = [start, value];
  }
  return best;
}
