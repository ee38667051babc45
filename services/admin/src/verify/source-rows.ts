import type { DocumentContent } from "@freshet/documents/document-rules";
import type { BucketSums } from "./bucket-sums.js";

export interface HashedRow {
  /** As `encodeRowKey` writes it. */
  readonly key: string;
  /** Empty where whoever writes the rows gives them none. */
  readonly rowHash: string;
}

/** A row, and what the index is to have of it. */
export interface ExpectedRow extends HashedRow {
  /** Another one whenever the row was written. */
  readonly version: string;
  /** False when the row is left out, or has no text. */
  readonly isWanted: boolean;
  /** Null when it isn't wanted, or can't be made. */
  readonly content: DocumentContent | null;
}

/** What an index is made from. */
export interface SourceRows {
  /** So many are read at once: their texts and payloads are in memory. */
  readonly keysAtOnce: number;
  /** Null when nobody knows. */
  estimateRows(): Promise<number | null>;
  /** @param onRows told how many more were read. */
  sums(onRows: (count: number) => void): Promise<BucketSums>;
  /** Of those rows alone that the index is to have, which takes longer; absent where `sums` has no others. */
  wantedSums?(onRows: (count: number) => void): Promise<BucketSums>;
  rowsIn(buckets: readonly number[]): AsyncIterable<readonly HashedRow[]>;
  /** All rows, some at a time. */
  all(): AsyncIterable<readonly ExpectedRow[]>;
  /** Those of the rows that exist, by key. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, ExpectedRow>>;
  close(): Promise<void>;
}
