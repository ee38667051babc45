import { performance } from "node:perf_hooks";
import { type TopicPartition, nameOf } from "../assignment/assigned-partition.js";
import { delay } from "../back-off.js";
import { FatalError, RetriableError } from "../errors.js";
import { FetchProgress, type PartitionProgress, type Stall } from "../assignment/fetch-progress.js";
import type { Logger } from "../logger.js";
import type { AdminClient } from "./admin-client.js";

interface FetchWatchdogOptions {
  readonly admin: AdminClient;
  readonly connection: { readonly logger: Logger };
  readonly group: string;
  readonly topics: readonly string[];
  /** How long a partition may bring nothing before that is said, in ms. */
  readonly stallTimeoutMs: number;
  /** Called with the end of each partition's log, also of those from which nothing is fetched for now. */
  readonly onEnd: (partition: TopicPartition, end: bigint) => void;
}

/** Of the time-out: how often it looks. */
const LOOKS = 6;
/** Times the time-out: nothing here mends it then, and a new process may. */
const FATAL_AFTER = 5;

/**
 * A consumer that is assigned and heartbeats, but fetches nothing, looks healthy from everywhere. So the broker is asked
 * for the ends of the partitions now and then, and they are compared with what has come.
 */
export class FetchWatchdog {
  readonly #options: FetchWatchdogOptions;
  readonly #progress = new FetchProgress();
  #stall: string | null = null;
  #lastLook = 0;

  constructor(options: FetchWatchdogOptions) {
    this.#options = options;
  }

  /** What stands still, as a sentence; null when nothing does. */
  get stall(): string | null {
    return this.#stall;
  }

  /** Looks until the signal is aborted. @throws {FatalError} a partition has brought nothing for far too long. */
  async watch(assigned: () => readonly PartitionProgress[], signal: AbortSignal): Promise<void> {
    const { stallTimeoutMs } = this.#options;
    for (;;) {
      try {
        await delay(stallTimeoutMs / LOOKS, signal);
      } catch {
        return;
      }
      const stall = await this.#longest(assigned);
      if (stall === undefined || stall.sinceMs < stallTimeoutMs) {
        this.#stall = null;
        continue;
      }
      const sentence = told(stall);
      if (stall.sinceMs >= stallTimeoutMs * FATAL_AFTER) {
        throw new FatalError(`${sentence} Start the process anew.`);
      }
      if (this.#stall === null) {
        this.#options.connection.logger.error(
          { group: this.#options.group, topic: stall.topic, partition: stall.partition },
          sentence,
        );
      }
      this.#stall = sentence;
    }
  }

  /** A broker that doesn't answer is seen, and said, elsewhere. */
  async #longest(assigned: () => readonly PartitionProgress[]): Promise<Stall | undefined> {
    const now = performance.now();
    // This process itself stood still.
    if (now - this.#lastLook > (2 * this.#options.stallTimeoutMs) / LOOKS) this.#progress.forget();
    this.#lastLook = now;
    try {
      const ends = await this.#ends();
      return this.#progress.observe(assigned(), (partition) => ends.get(nameOf(partition)), performance.now())[0];
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      this.#progress.forget();
      return undefined;
    }
  }

  #ends(): Promise<ReadonlyMap<string, bigint>> {
    const { admin, topics, onEnd } = this.#options;
    return admin.ask({ topics }, async (kafka) => {
      const ends = new Map<string, bigint>();
      for (const topic of topics) {
        for (const { partition, high } of await kafka.fetchTopicOffsets(topic)) {
          ends.set(nameOf({ topic, partition }), BigInt(high));
          onEnd({ topic, partition }, BigInt(high));
        }
      }
      return ends;
    });
  }
}

function told({ topic, partition, behind, sinceMs }: Stall): string {
  const seconds = Math.round(sinceMs / 1000);
  return `Topic ${topic}, partition ${partition}, has brought nothing for ${seconds} s, though ${behind} records wait in it.`;
}
