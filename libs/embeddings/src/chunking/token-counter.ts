import type { EmbeddingModel } from "../embedding-model.js";

export type TokenCounter = Pick<EmbeddingModel, "countTokens">;

/** What one call is asked to count, in UTF-16 units: other calls get their turn between, and memory stays flat. */
const ROUND_LENGTH = 64 * 1024;

/** @throws {ModelUnavailableError} when it may work later. */
export async function countAll(counter: TokenCounter, texts: readonly string[]): Promise<number[]> {
  const counts: number[] = [];
  for (let start = 0; start < texts.length;) {
    const round: string[] = [];
    for (let length = 0; start < texts.length && length < ROUND_LENGTH; start++) {
      round.push(texts[start] ?? "");
      length += round.at(-1)?.length ?? 0;
    }
    const counted = await counter.countTokens(round);
    if (counted.length !== round.length) {
      throw new Error(`The model counted the tokens of ${counted.length} texts, not of ${round.length}.`);
    }
    counts.push(...counted);
  }
  return counts;
}
