import { performance } from "node:perf_hooks";
import type { TopicPartition } from "../assignment/assigned-partition.js";
import { Assignment, AssignmentEndedError } from "../assignment/assignment.js";
import { Bell } from "../bell.js";
import { FatalError } from "../errors.js";
import { HeartbeatFence } from "../assignment/fence.js";
import type { StreamMetrics } from "../metrics.js";
import type { Generation, Readiness, RecordBatch, RecordSource, TakeOptions } from "../assignment/record-source.js";
import type { BatchOptions } from "../sink.js";
import type { Troubles } from "../troubles.js";
import { within } from "../within.js";
import { AdminClient } from "./admin-client.js";
import type { ConsumerSession, Fetched, SessionOptions } from "./consumer-session.js";
import { FetchWatchdog } from "./fetch-watchdog.js";
import { MemberGeneration } from "./member-generation.js";
import { PartitionLag } from "./partition-lag.js";
import { type LoopEvents, runSessions } from "./session-loop.js";
import { type Wanted, startPositions } from "./start-positions.js";

export interface GroupConsumerOptions extends SessionOptions {
  /** Of what is fetched and not yet taken; each partition has an equal share of it. */
  readonly maxBufferedBytes: number;
  /** Whether a batch may hold records of several partitions. */
  readonly mixesPartitions: boolean;
  /** How long, in ms, a partition that has records may bring none before that is said; five times that ends it. */
  readonly stallTimeoutMs: number;
  /** Called at each join, before the committed offsets are asked for. @throws {RetriableError} @throws {FatalError} */
  readonly onAssigned: (partitions: readonly TopicPartition[], generation: Generation) => Promise<void>;
  /** It can't go on; `take` throws the same. */
  readonly onFailure: (error: Error) => void;
  readonly troubles: Troubles;
  readonly metrics: StreamMetrics;
}

/**
 * Of the session time-out: for finishing batches before a join, and as long again for what was given up then. No
 * heartbeat is sent meanwhile.
 */
const FLUSH_SHARE = 1 / 4;

/**
 * A member of a consumer group. kafkajs' fetch loop only fills the buffers, so that heartbeats and rejoins never wait
 * for work. The positions are ours: at each join every partition stays paused until the committed offsets are known,
 * and a fetch that begins behind where the last one ended is refused, for a gap in the order would be a loss.
 */
export class GroupConsumer implements RecordSource {
  readonly #options: GroupConsumerOptions;
  readonly #admin: AdminClient;
  readonly #fence: HeartbeatFence;
  readonly #watchdog: FetchWatchdog;
  readonly #lag: PartitionLag;
  readonly #changed = new Bell();
  readonly #closed = new AbortController();
  readonly #inWork = new Set<string>();
  #generation: MemberGeneration | null = null;
  /** Since when nothing has come, on the monotonic clock. */
  #quietSince = 0;
  #failure: Error | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: GroupConsumerOptions) {
    this.#options = options;
    this.#admin = new AdminClient(options.connection);
    this.#fence = new HeartbeatFence(options);
    this.#lag = new PartitionLag(options.metrics.lag, options.group);
    const onEnd = (partition: TopicPartition, end: bigint) => this.#lag.grown(partition, end);
    this.#watchdog = new FetchWatchdog({ ...options, admin: this.#admin, onEnd });
  }

  /** Joins the group, and again after each crash, until it is closed. */
  start(): void {
    const trouble = this.#options.troubles.begin("consume");
    const events: LoopEvents = {
      onJoin: (session, partitions) => this.#join(session, partitions),
      onRebalance: () => this.#flush(),
      onHeartbeat: (sentAt) => {
        this.#fence.beat(sentAt);
        trouble.over();
      },
      onFetched: (session, fetched) => this.#onFetched(session, fetched),
      onSkipped: (partition, last) => this.#generation?.assignment.find(partition)?.skip(last),
      onCrash: (error, attempt, delayMs) => {
        this.#leave("The consumer is disconnected.");
        trouble.failed(error, attempt, delayMs);
      },
    };
    const { signal } = this.#closed;
    const watching = this.#watchdog.watch(() => this.#generation?.assignment.partitions ?? [], signal);
    const consuming = runSessions(this.#options, events, signal);
    const heard = (work: Promise<void>) => work.catch((error: unknown) => this.#fail(error));
    this.#ended = Promise.all([heard(watching), heard(consuming)]).then(() => trouble.forget());
  }

  async take(limits: BatchOptions, { signal, idleTimeoutMs }: TakeOptions): Promise<RecordBatch | null> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (signal.aborted) return null;
      const now = performance.now();
      const generation = this.#generation;
      const dueInMs = generation?.assignment.dueInMs(limits, now);
      if (generation !== null && dueInMs === 0) return this.#take(generation, limits, now);
      const isIdle = idleTimeoutMs !== undefined && generation?.assignment.isIdle === true;
      const endInMs = isIdle ? this.#quietSince + idleTimeoutMs - now : undefined;
      if (endInMs !== undefined && endInMs <= 0) return null;
      await this.#changed.wait({ timeoutMs: dueInMs ?? endInMs, signal });
    }
  }

  readiness(): Readiness {
    const { group, sessionTimeoutMs } = this.#options;
    if (this.#failure !== null) return { ready: false, reason: this.#failure.message };
    if (this.#generation === null) return { ready: false, reason: `joining the consumer group ${group}` };
    if (!this.#generation.assignment.isPositioned) {
      return { ready: false, reason: `asking for the committed offsets of the consumer group ${group}` };
    }
    const silentMs = this.#fence.sinceHeartbeatMs ?? Infinity;
    if (silentMs >= sessionTimeoutMs) {
      return { ready: false, reason: `no heartbeat has been answered for ${Math.round(silentMs)} ms` };
    }
    const stall = this.#watchdog.stall;
    return stall === null ? { ready: true } : { ready: false, reason: stall };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#leave("The application ends.");
    await this.#ended;
    await this.#admin.close();
  }

  #join(session: ConsumerSession, partitions: readonly TopicPartition[]): void {
    this.#leave("The group has rebalanced.");
    const { group, connection, maxBufferedBytes, mixesPartitions: mixes } = this.#options;
    const assignment = new Assignment({ partitions, mixes, inWork: this.#inWork });
    const generation = new MemberGeneration({
      ...{ session, assignment, maxBufferedBytes },
      ...{ fence: this.#fence, lag: this.#lag, doing: { connection, group } },
    });
    this.#generation = generation;
    connection.logger.info({ group, partitions }, "Joined the consumer group.");
    void this.#position(generation, partitions.map(unknownPosition), () =>
      this.#options.onAssigned(partitions, generation),
    );
  }

  /** Before the partitions are lost: lets the batches in work end and be committed, for as long as the group waits. */
  async #flush(): Promise<void> {
    const { assignment } = this.#generation ?? {};
    if (assignment === undefined) return;
    assignment.revoke();
    await within(this.#options.sessionTimeoutMs * FLUSH_SHARE, assignment.settled());
    if (this.#generation?.assignment !== assignment) return;
    this.#leave("The group is rebalancing.");
    // A request that was let through may still arrive: nobody else should write before it is over.
    await within(this.#options.sessionTimeoutMs * FLUSH_SHARE, assignment.ended());
  }

  #leave(reason: string): void {
    this.#generation?.assignment.end(reason);
    this.#generation = null;
    this.#lag.forget();
    this.#options.metrics.bufferedBytes.set({ group: this.#options.group }, 0);
    this.#changed.ring();
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new FatalError(String(error));
    this.#leave("The consumer has failed.");
    this.#options.onFailure(this.#failure);
  }

  /** Finds out where the partitions begin, unless they are lost meanwhile, and lets them be fetched from there. */
  async #position(
    generation: MemberGeneration,
    wanted: readonly Wanted[],
    prepare?: () => Promise<void>,
  ): Promise<void> {
    const { group, connection, troubles } = this.#options;
    const { signal } = generation.context;
    const options = { admin: this.#admin, group, logger: connection.logger };
    try {
      const ask = async () => {
        await prepare?.();
        return startPositions(wanted, options);
      };
      const positions = await troubles.retrying("positions", ask, { signal });
      signal.throwIfAborted();
      for (const position of positions) generation.begin(position);
      this.#quietSince = performance.now();
      this.#changed.ring();
    } catch (error) {
      if (!(error instanceof AssignmentEndedError)) this.#fail(error);
    }
  }

  #onFetched(session: ConsumerSession, fetched: Fetched): void {
    const generation = this.#generation;
    if (generation?.session !== session) return;
    const now = performance.now();
    const outcome = generation.fetched(fetched, now);
    switch (outcome) {
      case "accepted":
        this.#quietSince = now;
        this.#onBuffered(generation.assignment);
        return;
      case "gap": {
        const assigned = generation.assignment.find(fetched);
        if (assigned === undefined) return;
        const { topic, partition, position: offset } = assigned;
        assigned.position = null;
        void this.#position(generation, [{ topic, partition, offset }]);
        return;
      }
      case "ignored":
        return;
      default:
        outcome satisfies never;
    }
  }

  #onBuffered(assignment: Assignment): void {
    this.#options.metrics.bufferedBytes.set({ group: this.#options.group }, assignment.bufferedBytes);
    this.#changed.ring();
  }

  #take(generation: MemberGeneration, limits: BatchOptions, now: number): RecordBatch {
    const { assignment } = generation;
    const taken = assignment.take(limits, now);
    generation.resumeDrained();
    this.#onBuffered(assignment);
    const release = () => {
      taken.release();
      this.#quietSince = performance.now();
      this.#changed.ring();
    };
    const end = () => {
      release();
      assignment.settle();
    };
    return { records: taken.records, generation, release, end };
  }
}

function unknownPosition({ topic, partition }: TopicPartition): Wanted {
  return { topic, partition, offset: null };
}
