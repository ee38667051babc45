import { SourceError } from "@freshet/postgres/errors";
import type { Mark } from "./settled-floor.js";

const BEGINNING = "its beginning";

/** How far a table has been polled, as Kafka has it. */
export interface PollProgress {
  /** The highest number of a read that may have been used; see read-numbers.ts. */
  readonly reads: bigint;
  /** Above it the next round begins; null: with the first row. See settled-floor.ts. */
  readonly floor: string | null;
  /** A round that isn't over: it goes on behind this row, and settles what was committed before it began. */
  readonly round: { readonly after: readonly string[]; readonly mark: Mark } | null;
}

/** The floor comes first, for people who read it; it is the one thing of it that has no brace. */
export function encodePollProgress({ reads, floor, round }: PollProgress): string {
  return `${floor ?? BEGINNING} ${JSON.stringify({ reads: String(reads), floor, round })}`;
}

/** @throws {SourceError} when another version wrote it: nothing may be written with a number that was used. */
export function decodePollProgress(label: string, text: string): PollProgress {
  try {
    const json = text.slice(text.indexOf("{"));
    const { reads, ...rest } = JSON.parse(json) as Omit<PollProgress, "reads"> & { readonly reads: string };
    return { ...rest, reads: BigInt(reads) };
  } catch (error) {
    throw new SourceError(
      "state-unreadable",
      `How far ${label} was polled can't be read (${(error as Error).message}): was it written by a newer version?`,
      { cause: error },
    );
  }
}
