import type { GenerationsState } from "@freshet/schemas/index-generations";

export interface NumbersTaken {
  /** All indexes that are configured. */
  readonly indexes: readonly string[];
  /** The generations that stores have, also those that a record which was lost had given. */
  readonly stored: readonly number[];
}

/** A number for one more generation, under which nothing is found that another one has left. */
export function nextNumber({ index, last }: GenerationsState, { indexes, stored }: NumbersTaken): number {
  let number = Math.max(last, ...stored) + 1;
  // Kafka refuses a topic beside another whose name has only _ for a dot: embeddings.books.2 where an index is books_2.
  while (indexes.includes(`${index}_${number}`)) number += 1;
  return number;
}
