import { type TopicPartition, nameOf } from "./assigned-partition.js";

export interface PartitionProgress extends TopicPartition {
  /** The next offset to be fetched; null while it isn't known. */
  readonly position: bigint | null;
  /** Nothing is to be fetched. */
  readonly paused: boolean;
}

export interface Stall extends TopicPartition {
  /** How many offsets lie between the position and the log's end. */
  readonly behind: bigint;
  readonly sinceMs: number;
}

interface Standstill {
  readonly position: bigint;
  readonly since: number;
}

/** Notices partitions that have something to be fetched and bring nothing. */
export class FetchProgress {
  readonly #standstills = new Map<string, Standstill>();

  /** Nothing could be observed for a while: what stood still then may have had no chance. */
  forget(): void {
    this.#standstills.clear();
  }

  /**
   * @param endOf the offset behind a partition's last record, as the broker says.
   * @param now in ms, of any clock that only goes on.
   * @returns the stalled ones, the longest first.
   */
  observe(
    partitions: readonly PartitionProgress[],
    endOf: (partition: TopicPartition) => bigint | undefined,
    now: number,
  ): Stall[] {
    const seen = new Set<string>();
    const stalls: Stall[] = [];
    for (const { topic, partition, position, paused } of partitions) {
      const end = endOf({ topic, partition });
      if (position === null || paused || end === undefined || end <= position) continue;
      const name = nameOf({ topic, partition });
      seen.add(name);
      const known = this.#standstills.get(name);
      if (known?.position === position) {
        stalls.push({ topic, partition, behind: end - position, sinceMs: now - known.since });
      } else this.#standstills.set(name, { position, since: now });
    }
    for (const name of this.#standstills.keys()) if (!seen.has(name)) this.#standstills.delete(name);
    return stalls.sort((a, b) => b.sinceMs - a.sinceMs);
  }
}
