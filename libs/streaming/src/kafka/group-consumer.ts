import { performance } from "node:perf_hooks";
import { type AssignedPartition, Assignment, AssignmentEndedError, type TopicPartition } from "../assignment.js";
import { Bell } from "../bell.js";
import { offsetsBehind } from "../checkpoint-offsets.js";
import { FatalError, FencedError } from "../errors.js";
import { HeartbeatFence } from "../fence.js";
import type { StreamMetrics } from "../metrics.js";
import type { Readiness, RecordBatch, RecordSource } from "../record-source.js";
import type { ConsumedRecord } from "../record.js";
import { retrying } from "../retry.js";
import type { BatchOptions } from "../sink.js";
import type { Troubles } from "../troubles.js";
import { AdminClient } from "./admin-client.js";
import type { ConsumerSession, Fetched, SessionOptions } from "./consumer-session.js";
import { translated } from "./errors.js";
import { type LoopEvents, runSessions } from "./session-loop.js";
import { startPositions } from "./start-positions.js";

export interface GroupConsumerOptions extends SessionOptions {
  /** Of keys and values, fetched and not yet taken; each partition has an equal share of it. */
  readonly maxBufferedBytes: number;
  readonly troubles: Troubles;
  readonly metrics: StreamMetrics;
}

/**
 * A member of a consumer group. kafkajs' fetch loop only fills the buffers, so that heartbeats and rejoins never wait
 * for work. The positions are ours: at each join every partition stays paused until the committed offsets are known,
 * and a fetch that begins behind where the last one ended is refused, for a gap in the order would be a loss.
 */
export class GroupConsumer implements RecordSource {
  readonly #options: GroupConsumerOptions;
  readonly #admin: AdminClient;
  readonly #fence: HeartbeatFence;
  readonly #changed = new Bell();
  readonly #closed = new AbortController();
  #session: ConsumerSession | null = null;
  #assignment: Assignment | null = null;
  #commit: Fetched["commit"] | null = null;
  #failure: Error | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: GroupConsumerOptions) {
    this.#options = options;
    this.#admin = new AdminClient(options.connection);
    this.#fence = new HeartbeatFence(options);
  }

  /** Joins the group, and again after each crash, until it is closed. */
  start(): void {
    const { troubles } = this.#options;
    const events: LoopEvents = {
      onJoin: (session, partitions) => this.#join(session, partitions),
      onRebalance: () => this.#leave("The group is rebalancing."),
      onHeartbeat: (sentAt) => {
        this.#fence.beat(sentAt);
        troubles.over("consume");
      },
      onFetched: (session, fetched) => this.#onFetched(session, fetched),
      onSkipped: (partition, last) => this.#assignment?.find(partition)?.skip(last),
      onCrash: (error, attempt, delayMs) => {
        this.#leave("The consumer is disconnected.");
        troubles.failed({ stage: "consume", error, attempt, delayMs });
      },
    };
    this.#ended = runSessions(this.#options, events, this.#closed.signal).catch((error: unknown) => this.#fail(error));
  }

  async take(limits: BatchOptions, signal: AbortSignal): Promise<RecordBatch | null> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (signal.aborted) return null;
      const assignment = this.#assignment;
      const timeoutMs = assignment?.dueInMs(limits, performance.now());
      if (assignment !== null && timeoutMs === 0) return this.#take(assignment, limits);
      await this.#changed.wait({ timeoutMs, signal });
    }
  }

  readiness(): Readiness {
    const { group, sessionTimeoutMs } = this.#options;
    if (this.#failure !== null) return { ready: false, reason: this.#failure.message };
    const assignment = this.#assignment;
    if (assignment === null) return { ready: false, reason: `joining the consumer group ${group}` };
    if (assignment.partitions.some(({ position }) => position === null)) {
      return { ready: false, reason: `asking for the committed offsets of the consumer group ${group}` };
    }
    const silentMs = this.#fence.sinceHeartbeatMs ?? Infinity;
    if (silentMs < sessionTimeoutMs) return { ready: true };
    return { ready: false, reason: `no heartbeat has been answered for ${Math.round(silentMs)} ms` };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#leave("The application ends.");
    await this.#ended;
    await this.#admin.close();
  }

  #join(session: ConsumerSession, partitions: readonly TopicPartition[]): void {
    this.#leave("The group has rebalanced.");
    const assignment = new Assignment(partitions);
    this.#session = session;
    this.#assignment = assignment;
    this.#commit = null;
    for (const assigned of assignment.partitions) pause(session, assigned);
    this.#options.connection.logger.info({ group: this.#options.group, partitions }, "Joined the consumer group.");
    void this.#position(session, assignment, assignment.partitions);
  }

  #leave(reason: string): void {
    this.#assignment?.end(reason);
    this.#assignment = null;
    this.#options.metrics.bufferedBytes.set({ group: this.#options.group }, 0);
    this.#changed.ring();
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new FatalError(String(error));
    this.#leave("The consumer has failed.");
  }

  /** Finds out where the partitions begin, unless they are lost meanwhile, and lets them be fetched from there. */
  async #position(session: ConsumerSession, assignment: Assignment, partitions: readonly AssignedPartition[]) {
    const { group, connection, troubles } = this.#options;
    const { signal } = assignment;
    const options = { admin: this.#admin, group, logger: connection.logger };
    const wanted = partitions.map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
    for (const assigned of partitions) assigned.position = null;
    try {
      const positions = await retrying(() => startPositions(wanted, options), {
        signal,
        onFailure: (error, attempt, delayMs) => troubles.failed({ stage: "positions", error, attempt, delayMs }),
      });
      troubles.over("positions");
      signal.throwIfAborted();
      for (const position of positions) this.#begin(session, assignment, position);
    } catch (error) {
      if (!(error instanceof AssignmentEndedError)) this.#fail(error);
    }
  }

  #begin(
    session: ConsumerSession,
    assignment: Assignment,
    { offset, ...at }: TopicPartition & { offset: bigint },
  ): void {
    const assigned = assignment.find(at);
    if (assigned === undefined) return;
    session.seek(assigned, offset);
    session.resume(assigned);
    assigned.position = offset;
    assigned.paused = false;
  }

  #onFetched(session: ConsumerSession, fetched: Fetched): void {
    const assignment = this.#assignment;
    const assigned = assignment?.find(fetched);
    if (assignment === null || assigned === undefined) return;
    const outcome = assigned.accept(fetched, performance.now());
    switch (outcome) {
      case "accepted":
        fetched.accept();
        this.#commit = (offsets) => fetched.commit(offsets);
        if (assigned.buffer.bytes >= this.#share(assignment)) pause(session, assigned);
        this.#onBuffered(assignment);
        return;
      case "gap":
        // A fetch of before the join, or kafkajs began elsewhere by itself since the log has been cut.
        pause(session, assigned);
        void this.#position(session, assignment, [assigned]);
        return;
      case "early":
        return;
      default:
        outcome satisfies never;
    }
  }

  #onBuffered(assignment: Assignment): void {
    this.#options.metrics.bufferedBytes.set({ group: this.#options.group }, assignment.bufferedBytes);
    this.#changed.ring();
  }

  #share(assignment: Assignment): number {
    return this.#options.maxBufferedBytes / assignment.partitions.length;
  }

  #take(assignment: Assignment, limits: BatchOptions): RecordBatch {
    const records = assignment.take(limits);
    for (const assigned of assignment.partitions) {
      const { paused, position, buffer } = assigned;
      if (!paused || position === null || buffer.bytes > this.#share(assignment) / 2) continue;
      this.#session?.resume(assigned);
      assigned.paused = false;
    }
    this.#onBuffered(assignment);
    return this.#toBatch(assignment, records);
  }

  #toBatch({ signal }: Assignment, records: readonly ConsumedRecord[]): RecordBatch {
    const { connection, group } = this.#options;
    const commit = this.#commit;
    const check = (requestTimeoutMs: number) => {
      if (signal.aborted) throw new FencedError("The partitions of this batch are lost.");
      this.#fence.check(requestTimeoutMs);
    };
    return {
      records,
      context: { signal, gate: { check } },
      unfenced: () => this.#fence.nextBeat(signal),
      commit: async () => {
        // kafkajs takes the generation at the call, so a commit can't slip into the next one.
        signal.throwIfAborted();
        try {
          if (commit === null) throw new FatalError("A batch was taken before anything was fetched.");
          await commit({ topics: offsetsBehind(records) });
        } catch (error) {
          throw translated(error, { connection, group });
        }
      },
    };
  }
}

function pause(session: ConsumerSession, assigned: AssignedPartition): void {
  session.pause(assigned);
  assigned.paused = true;
}
