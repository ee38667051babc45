import type { TopicPartition } from "../assignment/assigned-partition.js";
import { HeartbeatFence, type Instant } from "../assignment/fence.js";
import type { Readiness } from "../assignment/record-source.js";
import { Bell } from "../bell.js";
import { FatalError, FencedError } from "../errors.js";
import type { Leadership, Term } from "../leadership.js";
import type { ConsumerSession, SessionOptions } from "./consumer-session.js";
import { keepingAssigner } from "./keeping-assigner.js";
import { runSessions } from "./session-loop.js";

export interface GroupLeadershipOptions extends Omit<SessionOptions, "topics" | "assigner"> {
  /** Has to be there. Whoever is assigned its partition 0 leads; nothing is read from it. */
  readonly topic: string;
}

/** Of the session time-out: who hears nothing from the broker for so long leads no more, well before another one does. */
const LAPSE_SHARE = 2 / 3;

/**
 * Leadership by a consumer group. The member that leads keeps its partition while others join and leave, so a term lasts
 * through rebalances; it ends with the member, its connection or its heartbeats.
 */
export class GroupLeadership implements Leadership {
  readonly #options: GroupLeadershipOptions;
  readonly #fence: HeartbeatFence;
  readonly #changed = new Bell();
  #term: GroupTerm | null = null;
  #isMember = false;
  #isAssigned = false;
  #lapse: NodeJS.Timeout | undefined;
  #trouble: string | null = null;

  constructor(options: GroupLeadershipOptions) {
    this.#options = options;
    this.#fence = new HeartbeatFence(options);
  }

  async run(work: (term: Term) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { connection, group } = this.#options;
    const leaving = new AbortController();
    const failed = new AbortController();
    const sessions = this.#stayInGroup(leaving.signal).catch((error: unknown) => {
      failed.abort(error instanceof Error ? error : new FatalError(String(error)));
    });
    const ending = AbortSignal.any([signal, failed.signal]);
    const stop = () => this.#term?.stop();
    ending.addEventListener("abort", stop);
    try {
      while (!ending.aborted) {
        const term = this.#term;
        if (term === null || term.lost.aborted) {
          await this.#changed.wait({ signal: ending });
          continue;
        }
        connection.logger.info({ group }, "This process leads.");
        await leadIn(term, work);
        if (!term.signal.aborted) return;
        connection.logger.info({ group }, "This process leads no more.");
      }
      if (failed.signal.aborted) throw failed.signal.reason;
    } finally {
      ending.removeEventListener("abort", stop);
      leaving.abort();
      await sessions;
      this.#end("This process ends.");
    }
  }

  readiness(): Readiness {
    if (this.#trouble !== null) return { ready: false, reason: this.#trouble };
    return this.#isMember
      ? { ready: true }
      : { ready: false, reason: `joining the consumer group ${this.#options.group}` };
  }

  async #stayInGroup(signal: AbortSignal): Promise<void> {
    const { connection, topic, group, ...options } = this.#options;
    const assigner = keepingAssigner(topic, () => this.#term !== null);
    await runSessions(
      { ...options, connection, group, topics: [topic], assigner },
      {
        onJoin: (session, partitions) => this.#joined(session, partitions),
        onRebalance: () => Promise.resolve(),
        onHeartbeat: (sentAt) => this.#beat(sentAt),
        onFetched: (session, fetched) => session.pause(fetched),
        onSkipped: () => undefined,
        onCrash: (error, attempt, delayMs) => {
          this.#isMember = false;
          this.#isAssigned = false;
          this.#trouble = error.message;
          this.#end("The broker is away.");
          const details = { group, attempt, delayMs: Math.round(delayMs), error: error.message };
          connection.logger[attempt === 1 ? "info" : "warn"](details, `${error.message} Trying again (leadership).`);
        },
      },
      signal,
    );
  }

  #joined(session: ConsumerSession, partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) session.pause(partition);
    this.#isMember = true;
    this.#isAssigned = partitions.some(({ partition }) => partition === 0);
    if (this.#isAssigned) this.#begin();
    else this.#end("Another process leads.");
  }

  #beat(sentAt: Instant): void {
    this.#trouble = null;
    this.#fence.beat(sentAt);
    clearTimeout(this.#lapse);
    const lapseMs = this.#options.sessionTimeoutMs * LAPSE_SHARE;
    // At once for an old answer that is read late.
    const remainingMs = Math.max(0, lapseMs - (this.#fence.sinceHeartbeatMs ?? 0));
    this.#lapse = setTimeout(() => this.#lapsed(), remainingMs);
    this.#lapse.unref();
    if (this.#isAssigned && remainingMs > 0) this.#begin();
  }

  /** Unless it is going on, through whatever rebalance there was. */
  #begin(): void {
    if (this.#term !== null) return;
    this.#term = new GroupTerm(this.#fence);
    this.#changed.ring();
  }

  #lapsed(): void {
    this.#trouble = `No heartbeat has been answered for ${Math.round(this.#fence.sinceHeartbeatMs ?? 0)} ms.`;
    this.#end(this.#trouble);
  }

  #end(reason: string): void {
    clearTimeout(this.#lapse);
    this.#term?.lose(reason);
    this.#term = null;
  }
}

/** @throws what the work throws while the term lasts. */
async function leadIn(term: GroupTerm, work: (term: Term) => Promise<void>): Promise<void> {
  try {
    await work(term);
  } catch (error) {
    if (!term.signal.aborted) throw error;
  }
}

class GroupTerm implements Term {
  readonly signal: AbortSignal;
  readonly lost: AbortSignal;
  readonly gate: Term["gate"];
  readonly #stopped = new AbortController();
  readonly #lost = new AbortController();

  constructor(fence: HeartbeatFence) {
    this.lost = this.#lost.signal;
    this.signal = AbortSignal.any([this.#stopped.signal, this.lost]);
    this.gate = {
      check: (requestTimeoutMs) => {
        if (this.lost.aborted) throw new FencedError("This process leads no more.");
        fence.check(requestTimeoutMs);
      },
    };
  }

  stop(): void {
    this.#stopped.abort();
  }

  lose(reason: string): void {
    this.#lost.abort(new FencedError(reason));
  }
}
