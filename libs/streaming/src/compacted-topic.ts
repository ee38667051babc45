/** What a compacted topic says, by key: the last value of each, without those that a tombstone has deleted. */
export interface CompactedTopic {
  /** Goes on changing as records come. */
  readonly entries: ReadonlyMap<string, string>;
  close(): Promise<void>;
}
