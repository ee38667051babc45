import { InputRefusedError } from "../errors.js";

/** No index's name and no collection made of one has a dot. */
const RESERVED = ".by.";

/** The collection of a root's partition: `books_3f9a1c.by.lang.text.en`. */
export function partitionName(root: string, partition: string): string {
  return `${root}${RESERVED}${partition}`;
}

/** Which partition of this root the collection is; null when it is another's, or none. */
export function partitionIn(root: string, collection: string): string | null {
  const prefix = `${root}${RESERVED}`;
  return collection.startsWith(prefix) ? collection.slice(prefix.length) : null;
}

export function isPartition(collection: string): boolean {
  return collection.includes(RESERVED);
}

/** @throws {InputRefusedError} when a root of this name would pass for another one's partition. */
export function refuseReserved(root: string): void {
  if (!isPartition(root)) return;
  throw new InputRefusedError(`A collection can't be named ${root}: "${RESERVED}" is kept for partitions of others.`);
}
