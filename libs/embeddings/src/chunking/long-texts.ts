import { LongText, type ChunkingError, type LongTextRules } from "./long-text.js";
import { sentencesOf, type Piece } from "./pieces.js";
import { countAll, type TokenCounter } from "./token-counter.js";

interface Rules extends LongTextRules {
  readonly prefix: string;
  /** For the prefix and the text of a chunk, in tokens. */
  readonly room: number;
}

interface Uncounted {
  readonly of: LongText;
  readonly piece: Piece;
}

/** How much is cut into pieces before they are counted, in UTF-16 units: other work gets its turn between. */
const ROUND_LENGTH = 32 * 1024;

/**
 * The chunks of texts that don't fit into one, by text.
 *
 * @throws {Error} when the prefix leaves no room. @throws {ModelUnavailableError} when tokens can't be counted now.
 */
export async function chunkLongTexts(
  texts: readonly string[],
  counter: TokenCounter,
  rules: Rules,
): Promise<ReadonlyMap<string, readonly string[] | ChunkingError>> {
  if (texts.length > 0 && rules.ownRoom < 1) {
    throw new Error(`The model's prefix leaves no room in chunks of ${rules.maxTokens} tokens: raise maxTokens.`);
  }
  const longTexts = texts.map((text) => new LongText(text, rules));
  for (const round of rounds(longTexts)) await count(round, counter);
  const chunked = new Map<string, readonly string[] | ChunkingError>();
  for (let open = longTexts; open.length > 0;) {
    const checked = await chunkAndCheck(open, counter, rules);
    for (const { text, error, chunks } of checked.done) chunked.set(text, error ?? chunks);
    open = checked.open;
  }
  return chunked;
}

function* rounds(texts: readonly LongText[]): Generator<Uncounted[], void, void> {
  let [round, length]: [Uncounted[], number] = [[], 0];
  for (const of of texts) {
    for (const piece of sentencesOf(of.text)) {
      if (of.error !== null) break;
      round.push({ of, piece });
      length += piece.end - piece.start;
      if (length < ROUND_LENGTH) continue;
      yield round;
      [round, length] = [[], 0];
    }
  }
  if (round.length > 0) yield round;
}

/** Also of the finer pieces that are made of those that turn out to be too large. */
async function count(pieces: readonly Uncounted[], counter: TokenCounter): Promise<void> {
  for (let open = pieces; open.length > 0;) {
    const counts = await countAll(
      counter,
      open.map(({ of, piece }) => of.text.slice(piece.start, piece.end)),
    );
    open.forEach(({ of, piece }, place) => of.take(piece, counts[place] ?? Infinity));
    open = uncounted(new Set(open.map(({ of }) => of)));
  }
}

function uncounted(texts: Iterable<LongText>): Uncounted[] {
  return Array.from(texts, (of) => of.takeUncounted().map((piece) => ({ of, piece }))).flat();
}

interface Checked {
  readonly done: readonly {
    readonly text: string;
    readonly error: ChunkingError | null;
    readonly chunks: readonly string[];
  }[];
  readonly open: LongText[];
}

/** Chunks that have too many tokens after all, which pieces alone don't show, are made again, smaller. */
async function chunkAndCheck(texts: readonly LongText[], counter: TokenCounter, rules: Rules): Promise<Checked> {
  const attempts = texts.map((of) => ({ of, chunks: of.error === null ? of.chunks() : [] }));
  const sound = attempts.filter(({ of }) => of.error === null);
  const counts = await countAll(
    counter,
    sound.flatMap(({ chunks }) => chunks.map((chunk) => rules.prefix + chunk)),
  );
  const open: LongText[] = [];
  let place = 0;
  for (const { of, chunks } of sound) {
    const largest = counts.slice(place, place + chunks.length).reduce((most, tokens) => Math.max(most, tokens), 0);
    place += chunks.length;
    if (largest <= rules.room) continue;
    of.lowerLimit(largest - rules.room);
    open.push(of);
  }
  await count(uncounted(open), counter);
  const again = new Set(open);
  const done = attempts
    .filter(({ of }) => !again.has(of))
    .map(({ of: { text, error }, chunks }) => ({ text, error, chunks }));
  return { done, open };
}
