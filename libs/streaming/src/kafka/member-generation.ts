import type { FetchedRange, TopicPartition } from "../assignment/assigned-partition.js";
import { type Assignment, AssignmentEndedError } from "../assignment/assignment.js";
import type { TopicOffsets } from "../checkpoints/checkpoint-offsets.js";
import { FatalError, FencedError } from "../errors.js";
import type { HeartbeatFence } from "../assignment/fence.js";
import type { Generation } from "../assignment/record-source.js";
import type { BatchContext } from "../sink.js";
import type { ConsumerSession, Fetched } from "./consumer-session.js";
import { type Doing, protocolType, translated } from "./errors.js";
import type { PartitionLag } from "./partition-lag.js";
import type { StartPosition } from "./start-positions.js";

export interface MemberGenerationOptions {
  readonly session: ConsumerSession;
  readonly assignment: Assignment;
  readonly fence: HeartbeatFence;
  /** For the sentences of errors. */
  readonly doing: Doing;
  /** Of what is fetched and not yet taken; each partition has an equal share of it. */
  readonly maxBufferedBytes: number;
  readonly lag: PartitionLag;
}

/** What the broker answers to a commit of a generation that it has left behind. */
const OUTDATED = new Set([
  "NOT_COORDINATOR_FOR_GROUP",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "REBALANCE_IN_PROGRESS",
]);

/** One generation of the group, as this member sees it: what it is assigned, and the session that fetches and commits. */
export class MemberGeneration implements Generation {
  readonly assignment: Assignment;
  readonly session: ConsumerSession;
  readonly context: BatchContext;
  readonly revoked: AbortSignal;
  readonly #options: MemberGenerationOptions;
  #commit: Fetched["commit"] | null = null;

  constructor(options: MemberGenerationOptions) {
    const { assignment, session, fence } = options;
    const { signal, revoked } = assignment;
    this.#options = options;
    this.assignment = assignment;
    this.session = session;
    this.revoked = revoked;
    const check = (requestTimeoutMs: number) => {
      if (signal.aborted) throw new FencedError("The partitions of this batch are lost.");
      fence.check(requestTimeoutMs);
    };
    this.context = { signal, gate: { check } };
    for (const assigned of assignment.partitions) this.pause(assigned);
  }

  unfenced(): Promise<void> {
    return this.#options.fence.nextBeat(this.context.signal);
  }

  async commit(topics: readonly TopicOffsets[]): Promise<void> {
    // kafkajs takes the generation at the call, so a commit can't slip into the next one.
    this.context.signal.throwIfAborted();
    try {
      if (this.#commit === null) throw new FatalError("A batch was taken before anything was fetched.");
      await this.#commit({ topics: [...topics] });
      this.committed(topics);
    } catch (error) {
      // The next join waits for this commit, which can't succeed before it.
      if (this.revoked.aborted && OUTDATED.has(protocolType(error) ?? "")) {
        throw new AssignmentEndedError("The group has gone on.");
      }
      throw translated(error, this.#options.doing);
    }
  }

  committed(topics: readonly TopicOffsets[]): void {
    this.#options.lag.committed(topics);
  }

  pause(partition: TopicPartition): void {
    this.session.pause(partition);
    const assigned = this.assignment.find(partition);
    if (assigned !== undefined) assigned.paused = true;
  }

  /** Fetches on from there. */
  begin({ offset, end, ...partition }: StartPosition): void {
    const assigned = this.assignment.find(partition);
    if (assigned === undefined) return;
    this.#options.lag.begin(partition, { committed: offset, end });
    this.session.seek(assigned, offset);
    this.session.resume(assigned);
    assigned.position = offset;
    assigned.paused = false;
  }

  /** @returns "gap" when what lies before it hasn't come: its position has to be found anew. */
  fetched(fetched: Fetched & FetchedRange, now: number): "accepted" | "ignored" | "gap" {
    const assigned = this.assignment.find(fetched);
    const outcome = assigned?.accept(fetched, now) ?? "early";
    switch (outcome) {
      case "accepted":
        fetched.accept();
        this.#options.lag.grown(fetched, fetched.end);
        this.#commit = (offsets) => fetched.commit(offsets);
        if ((assigned?.buffer.heldBytes ?? 0) >= this.#share || this.#isFull) this.pause(fetched);
        return "accepted";
      case "gap":
        // A fetch of before the join, or kafkajs began elsewhere by itself since the log has been cut.
        this.pause(fetched);
        return "gap";
      case "early":
        return "ignored";
      default:
        return outcome satisfies never;
    }
  }

  /** Has partitions fetched again whose buffer has room. */
  resumeDrained(): void {
    if (this.#isFull) return;
    for (const assigned of this.assignment.partitions) {
      const { paused, position, buffer } = assigned;
      if (!paused || position === null || buffer.heldBytes > this.#share / 2) continue;
      this.session.resume(assigned);
      assigned.paused = false;
    }
  }

  /** A partition whose share has room is paused, too: each may exceed its own by a fetch. */
  get #isFull(): boolean {
    return this.assignment.heldBytes >= this.#options.maxBufferedBytes;
  }

  get #share(): number {
    return this.#options.maxBufferedBytes / this.assignment.partitions.length;
  }
}
