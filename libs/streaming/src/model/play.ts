import { setTimeout as delay } from "node:timers/promises";
import { Registry } from "prom-client";
import type { ProcessingGuarantee } from "../checkpoint.js";
import type { DeliveryChannel } from "../delivery-channel.js";
import type { KafkaConnection } from "../kafka/connection.js";
import { openDeliveryChannel } from "../kafka/delivery-channel.js";
import { connectTopicAdmin } from "../kafka/topic-admin.js";
import type { TopicAdmin } from "../topic-admin.js";
import type { History, HistoryEvent } from "./history.js";
import { type Entry, JournalReader } from "./journal.js";
import { Member, type MemberOrder } from "./member.js";
import { encodeMessage } from "./model-message.js";
import { readTopics, type StoredRecord } from "./topic-contents.js";

export interface Stage {
  readonly connection: KafkaConnection;
  /** Of the group, and in the names of the topics. */
  readonly name: string;
  readonly sessionTimeoutMs: number;
  readonly guarantee: ProcessingGuarantee;
  /** For the members' journal. */
  readonly journal: string;
}

/** What is left of a history when it is over. */
export interface Played {
  readonly entries: readonly Entry[];
  readonly output: readonly StoredRecord[];
  readonly letters: readonly StoredRecord[];
  /** What the members ended with. */
  readonly ends: readonly (number | string)[];
  /** Whether the group has committed everything, in the end. */
  readonly isCommitted: boolean;
}

const POLL_MS = 25;
const PROGRESS_POLL_MS = 150;
const STOPPED_MARGIN_MS = 200;
/** How many records others write while a member is stopped, if there are any left: enough to be ahead of it. */
const WRITTEN_BY_OTHERS = 30;
const TIMEOUT_MS = 100_000;
const CLOSE_TIMEOUT_MS = 1_000;

/** Plays a history against the broker to its end: all messages are committed, and all members are gone. */
export async function play(history: History, stage: Stage): Promise<Played> {
  const admin = await connectTopicAdmin(stage.connection);
  const channel = await openDeliveryChannel({
    connection: stage.connection,
    registry: new Registry(),
    deadLetterTopic: (topic) => topic,
  });
  const player = new Player(history, stage, admin, channel);
  try {
    return await player.play();
  } finally {
    await player.close();
    await channel.close(CLOSE_TIMEOUT_MS);
    await admin.close();
  }
}

class Player {
  readonly #history: History;
  readonly #stage: Stage;
  readonly #admin: TopicAdmin;
  readonly #channel: DeliveryChannel;
  readonly #journal: JournalReader;
  readonly #members: Member[] = [];
  readonly #byNumber = new Map<number, Member>();
  readonly #stops = new Map<Member, { readonly since: number; readonly written: number }>();
  #written = 0;
  #caughtUp = false;
  #progressAt = 0;

  constructor(history: History, stage: Stage, admin: TopicAdmin, channel: DeliveryChannel) {
    this.#history = history;
    this.#stage = stage;
    this.#admin = admin;
    this.#channel = channel;
    this.#journal = new JournalReader(stage.journal);
  }

  async play(): Promise<Played> {
    const { input, output, deadLetterTopic } = this.#topics;
    const { partitions } = this.#history;
    await this.#admin.ensureTopic({ name: input, partitions });
    await this.#admin.ensureTopic({ name: output, partitions });
    await this.#admin.ensureTopic({ name: deadLetterTopic, partitions: 1 });
    await this.#perform();
    const ends = await Promise.all(this.#members.map((member) => member.endNow()));
    this.#observe();
    const stored = await readTopics({
      connection: this.#stage.connection,
      channel: this.#channel,
      group: `${this.#stage.name}.reader`,
      topics: new Map([
        [output, partitions],
        [deadLetterTopic, 1],
      ]),
    });
    return {
      entries: this.#journal.entries,
      output: stored.filter(({ topic }) => topic === output),
      letters: stored.filter(({ topic }) => topic === deadLetterTopic),
      ends,
      isCommitted: await this.#isCommitted(),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(async (member) => member.kill()));
    this.#journal.close();
  }

  get #topics() {
    const { name } = this.#stage;
    return { input: `${name}.input`, output: `${name}.output`, deadLetterTopic: `dlq.${name}.input` };
  }

  async #perform(): Promise<void> {
    const events = [...this.#history.events];
    const start = performance.now();
    while (performance.now() - start < TIMEOUT_MS) {
      this.#observe();
      await this.#askProgress();
      this.#goOn();
      const isIdle = this.#caughtUp || !this.#members.some(({ isActive }) => isActive);
      const [next] = events;
      if (next !== undefined && (this.#written >= next.at || isIdle)) {
        events.shift();
        await this.#happen(next);
      } else if (next === undefined && this.#caughtUp) {
        if (this.#stops.size === 0) return;
      } else if (next === undefined && isIdle) {
        // Somebody has to finish it.
        this.#start(this.#members.length + this.#history.faults.length);
      }
      await delay(POLL_MS);
    }
    throw new Error(`It isn't over after ${TIMEOUT_MS} ms: nothing moves any more, or a message is never committed.`);
  }

  async #happen(event: HistoryEvent): Promise<void> {
    switch (event.what) {
      case "start":
        this.#start(event.member);
        return;
      case "stop":
        this.#byNumber.get(event.member)?.end();
        return;
      case "produce":
        for (const message of event.messages) {
          const { key, partition } = message;
          this.#channel.offer({ topic: this.#topics.input, key, partition, value: encodeMessage(message) });
        }
        await this.#channel.flush();
        this.#caughtUp = false;
        return;
      default:
        event satisfies never;
    }
  }

  #start(number: number): void {
    const { connection, name: group, sessionTimeoutMs, guarantee, journal } = this.#stage;
    const { application, topology, faults } = this.#history;
    const order: MemberOrder = {
      ...this.#topics,
      brokers: connection.brokers,
      group,
      sessionTimeoutMs,
      guarantee,
      application,
      topology,
      journal,
      member: number,
      faults: faults[number] ?? [],
    };
    const member = new Member(order);
    this.#members.push(member);
    this.#byNumber.set(number, member);
  }

  #observe(): void {
    for (const entry of this.#journal.read()) {
      if (entry.what === "failed") throw new Error(`Member ${entry.member} failed: ${entry.error}`);
      if (entry.what === "joins") this.#byNumber.get(entry.member)?.joined();
      if (entry.what === "wrote") this.#written += entry.records.length;
      if (entry.what === "fault" && entry.fault.action === "stop") this.#stopped(entry.member);
    }
  }

  #stopped(number: number): void {
    const member = this.#byNumber.get(number);
    member?.stopped();
    if (member !== undefined) this.#stops.set(member, { since: performance.now(), written: this.#written });
  }

  /** What was stopped goes on when the broker has given it up and others are ahead of it. */
  #goOn(): void {
    for (const [member, { since, written }] of this.#stops) {
      const isGivenUp = performance.now() - since > this.#stage.sessionTimeoutMs + STOPPED_MARGIN_MS;
      if (!isGivenUp || (!this.#caughtUp && this.#written - written < WRITTEN_BY_OTHERS)) continue;
      member.goOn();
      this.#stops.delete(member);
    }
  }

  async #askProgress(): Promise<void> {
    if (performance.now() - this.#progressAt < PROGRESS_POLL_MS) return;
    this.#progressAt = performance.now();
    this.#caughtUp = await this.#isCommitted();
  }

  /** Whether there is nothing that the group hasn't committed. */
  async #isCommitted(): Promise<boolean> {
    const { partitions } = await this.#admin.groupProgress(this.#stage.name, [this.#topics.input]);
    return partitions.every(({ committed, end }) => (committed ?? 0n) === end);
  }
}
