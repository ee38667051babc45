import { setTimeout as delay } from "node:timers/promises";
import type { DeliveryChannel } from "../delivery-channel.js";
import type { TopicAdmin } from "../topic-admin.js";
import type { History, HistoryEvent } from "./history.js";
import type { JournalReader } from "./journal.js";
import { Member, type MemberOrder } from "./member.js";
import { encodeMessage } from "./model-message.js";

interface PlayerOptions {
  readonly history: History;
  /** What is the same for all members. */
  readonly orders: Omit<MemberOrder, "member" | "faults">;
  readonly admin: TopicAdmin;
  /** To the input topic. */
  readonly channel: DeliveryChannel;
  readonly journal: JournalReader;
}

const POLL_MS = 25;
const PROGRESS_POLL_MS = 150;
const STOPPED_MARGIN_MS = 200;
/** How many records others write while a member is stopped, if there are any left: enough to be ahead of it. */
const WRITTEN_BY_OTHERS = 30;
const TIMEOUT_MS = 100_000;

/** Makes a history's events happen, and looks after the members that stop themselves. */
export class Player {
  readonly #options: PlayerOptions;
  readonly #members = new Map<number, Member>();
  readonly #stops = new Map<Member, { readonly since: number; readonly written: number }>();
  #written = 0;
  #caughtUp = false;
  #progressAt = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  /** @returns what the members ended with. @throws {Error} a member fails, or it takes too long. */
  async play(): Promise<(number | string)[]> {
    await this.#perform();
    const over = new AbortController();
    const ends = Promise.all([...this.#members.values()].map((member) => member.endNow()));
    void ends.finally(() => over.abort());
    while (!over.signal.aborted) {
      await delay(POLL_MS);
      // One may have stopped itself in its last steps.
      this.#observe();
      this.#goOn();
    }
    return ends;
  }

  /** Whether there is nothing that the group hasn't committed. */
  async isCommitted(): Promise<boolean> {
    const { group, input } = this.#options.orders;
    const { partitions } = await this.#options.admin.groupProgress(group, [input]);
    return partitions.every(({ committed, end }) => (committed ?? 0n) === end);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => member.kill()));
  }

  async #perform(): Promise<void> {
    const events = [...this.#options.history.events];
    const start = performance.now();
    while (performance.now() - start < TIMEOUT_MS) {
      this.#observe();
      await this.#askProgress();
      this.#goOn();
      const isIdle = this.#caughtUp || ![...this.#members.values()].some(({ isActive }) => isActive);
      const [next] = events;
      if (next !== undefined && (this.#written >= next.at || isIdle)) {
        events.shift();
        await this.#happen(next);
      } else if (next === undefined && this.#caughtUp) {
        if (this.#stops.size === 0) return;
      } else if (next === undefined && isIdle) {
        // Somebody has to finish it.
        this.#start(this.#options.history.faults.length + this.#members.size);
      }
      await delay(POLL_MS);
    }
    throw new Error(`It isn't over after ${TIMEOUT_MS} ms: nothing moves any more, or a message is never committed.`);
  }

  async #happen(event: HistoryEvent): Promise<void> {
    const { channel, orders } = this.#options;
    switch (event.what) {
      case "start":
        this.#start(event.member);
        return;
      case "stop":
        this.#members.get(event.member)?.end();
        return;
      case "produce":
        for (const message of event.messages) {
          const { key, partition } = message;
          channel.offer({ topic: orders.input, key, partition, value: encodeMessage(message) });
        }
        await channel.flush();
        this.#caughtUp = false;
        return;
      default:
        event satisfies never;
    }
  }

  #start(member: number): void {
    const { orders, history } = this.#options;
    this.#members.set(member, new Member({ ...orders, member, faults: history.faults[member] ?? [] }));
  }

  #observe(): void {
    for (const entry of this.#options.journal.read()) {
      if (entry.what === "failed") throw new Error(`Member ${entry.member} failed: ${entry.error}`);
      if (entry.what === "joins") this.#members.get(entry.member)?.joined();
      if (entry.what === "wrote") this.#written += entry.records.length;
      if (entry.what === "fault" && entry.fault.action === "stop") this.#stopped(entry.member);
    }
  }

  #stopped(number: number): void {
    const member = this.#members.get(number);
    member?.stopped();
    if (member !== undefined) this.#stops.set(member, { since: performance.now(), written: this.#written });
  }

  /** What was stopped goes on when the broker has given it up and others are ahead of it. */
  #goOn(): void {
    const { sessionTimeoutMs } = this.#options.orders;
    for (const [member, { since, written }] of this.#stops) {
      const isGivenUp = performance.now() - since > sessionTimeoutMs + STOPPED_MARGIN_MS;
      if (!isGivenUp || (!this.#caughtUp && this.#written - written < WRITTEN_BY_OTHERS)) continue;
      member.goOn();
      this.#stops.delete(member);
    }
  }

  async #askProgress(): Promise<void> {
    if (performance.now() - this.#progressAt < PROGRESS_POLL_MS) return;
    this.#progressAt = performance.now();
    this.#caughtUp = await this.isCommitted();
  }
}
