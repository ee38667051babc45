import type { GenerationsState } from "@freshet/schemas/index-generations";
import { embeddingsTopic } from "@freshet/schemas/topics";

export interface NumbersTaken {
  /** All indexes that are configured. */
  readonly indexes: readonly string[];
  /** The generations that stores have, also those that a record which was lost had given. */
  readonly stored: readonly number[];
  /** All that Kafka has. */
  readonly topics: ReadonlySet<string>;
}

/** A number for one more generation, under which nothing is found that another one has left. */
export function nextNumber({ index, last }: GenerationsState, { indexes, stored, topics }: NumbersTaken): number {
  // Kafka refuses a topic beside another whose name has only _ for a dot: embeddings.books.2 where an index is books_2.
  const isTaken = (number: number) =>
    indexes.includes(`${index}_${number}`) || topics.has(embeddingsTopic(index, number));
  let number = Math.max(last, ...stored) + 1;
  while (isTaken(number)) number += 1;
  return number;
}
