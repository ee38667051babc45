/** Where a text may be cut, from where it hurts least. */
const LEVELS = ["paragraph", "sentence", "word", "grapheme", "codePoint"] as const;
export type Border = (typeof LEVELS)[number];

/** A part of a text between two borders. A text's pieces lie side by side and cover it. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** What begins at its start. */
  readonly border: Border;
}

/** A segmenter's steps take longer the longer its text is, so it sees so many UTF-16 units at a time. */
const WINDOW = 4096;

/** One locale for every machine: the same text has the same borders everywhere. */
const SEGMENTERS = {
  sentence: new Intl.Segmenter("en", { granularity: "sentence" }),
  word: new Intl.Segmenter("en", { granularity: "word" }),
  grapheme: new Intl.Segmenter("en", { granularity: "grapheme" }),
};

/** Higher is better to begin at. */
export function strength(border: Border): number {
  return LEVELS.length - LEVELS.indexOf(border);
}

/** A text's sentences, as they are asked for. One that is longer than a window is cut between words. */
export function* sentencesOf(text: string): Generator<Piece, void, void> {
  let border: Border = "paragraph";
  for (let start = 0; start < text.length;) {
    const { lengths, next } = windowOf(text, start);
    for (const length of lengths) {
      yield { start, end: start + length, border: beginsParagraph(text, start) ? "paragraph" : border };
      start += length;
      border = "sentence";
    }
    border = next;
  }
}

/** The same piece in finer ones; itself, where it can't be cut. */
export function cutFiner(text: string, { start, end, border }: Piece): Piece[] {
  const part = text.slice(start, end);
  for (const level of ["word", "grapheme"] as const) {
    const found = [...SEGMENTERS[level].segment(part)];
    if (found.length > 1) return found.map(({ segment, index }) => at(start + index, segment, index, level, border));
  }
  let index = 0;
  return Array.from(part, (character) => {
    const piece = at(start + index, character, index, "codePoint", border);
    index += character.length;
    return piece;
  });
}

function at(start: number, part: string, index: number, level: Border, first: Border): Piece {
  return { start, end: start + part.length, border: index === 0 ? first : level };
}

/** The lengths of the next whole sentences, and what begins behind them. */
function windowOf(text: string, start: number): { lengths: readonly number[]; next: Border } {
  const part = text.slice(start, start + WINDOW);
  const isLast = start + WINDOW >= text.length;
  for (const level of ["sentence", "word", "grapheme"] as const) {
    const lengths = Array.from(SEGMENTERS[level].segment(part), ({ segment }) => segment.length);
    if (isLast) return { lengths, next: "sentence" };
    // The window may have cut the last one.
    lengths.pop();
    if (lengths.length === 0) continue;
    if (level === "sentence") return { lengths, next: "sentence" };
    return { lengths: [lengths.reduce((sum, length) => sum + length)], next: level };
  }
  const cutsPair = /[\ud800-\udbff]$/.test(part) && /^[\udc00-\udfff]/.test(text.slice(start + WINDOW));
  return { lengths: [cutsPair ? WINDOW - 1 : WINDOW], next: "codePoint" };
}

/** Behind an empty line. */
function beginsParagraph(text: string, start: number): boolean {
  return start === 0 || /\n[^\S\n]*\n\s*$/.test(text.slice(Math.max(0, start - 64), start));
}
