import { BEGINNING, comparePositions, formatPosition, type Position } from "@freshet/schemas/position";

/** What the topic has of a row. */
export interface KnownRow {
  readonly position: Position;
  readonly isDeleted: boolean;
  /** Of its chunks, in order, as text-hash.ts makes them; they tell models apart, too. */
  readonly textHashes: readonly string[];
}

export type UploadDecision =
  | { readonly outcome: "accept"; readonly position: Position }
  | { readonly outcome: "skip" | "fail"; readonly reason: string };

export interface OfferedRow {
  /** Of the state that it was made from; null for whatever the topic has. */
  readonly basedOn: Position | null;
  readonly textHashes: readonly string[];
}

/**
 * Whether an uploaded row goes to the topic, and at which position: never later than what the topic has of the row, so
 * that any change of the table wins.
 *
 * @param known null for a row that the topic hasn't got.
 */
export function decideUpload(known: KnownRow | null, { basedOn, textHashes }: OfferedRow): UploadDecision {
  if (known === null) {
    return basedOn === null
      ? { outcome: "accept", position: BEGINNING }
      : skip("the row that it was made from isn't in the index any more");
  }
  const { position, isDeleted } = known;
  if (isDeleted) return skip(`the row was deleted at ${formatPosition(position)}`);
  const order = basedOn === null ? 0 : comparePositions(basedOn, position);
  if (order < 0) return skip(`the index has a newer state of the row, of ${formatPosition(position)}`);
  if (order > 0) {
    const reason = `the row has reached only ${formatPosition(position)} in the index: leave the position out, or take Export's`;
    return { outcome: "fail", reason };
  }
  // Stores leave a row alone that they have with the same texts at the same position.
  if (isSame(textHashes, known.textHashes)) return skip("the same texts are there already, at the same position");
  return { outcome: "accept", position };
}

function skip(reason: string): UploadDecision {
  return { outcome: "skip", reason };
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((hash, place) => hash === others[place]);
}
