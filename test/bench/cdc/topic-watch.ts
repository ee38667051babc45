import type { Admin } from "kafkajs";
import { until } from "../../support/until.js";

/** Of one topic's records, from the outside: nothing is read, only offsets are asked. */
export class TopicWatch {
  readonly topic: string;
  readonly #admin: Admin;

  constructor(admin: Admin, topic: string) {
    this.#admin = admin;
    this.topic = topic;
  }

  /** Records written so far; none while there is no topic. */
  async count(): Promise<number> {
    const topics = await this.#admin.listTopics();
    return topics.includes(this.topic) ? this.#written() : 0;
  }

  async reaches(count: number, alive: () => void): Promise<void> {
    const reached = async () => {
      alive();
      return (await this.count()) >= count;
    };
    await until(reached, { what: `${this.topic} holds ${count} records`, timeoutMs: TIMEOUT_MS });
  }

  /**
   * How fast records arrive, per second, from the first to the last of them.
   *
   * @param before the topic's records that don't count.
   * @param alive throws when nothing will come any more.
   */
  async rate(before: number, count: number, alive: () => void): Promise<number> {
    const next = async (least: number) => {
      const written = await this.#next(least, alive);
      return { written, at: performance.now() };
    };
    const first = await next(before + 1);
    const last = await next(before + count);
    return ((last.written - first.written) / (last.at - first.at)) * 1000;
  }

  async delete(): Promise<void> {
    await this.#admin.deleteTopics({ topics: [this.topic] });
    const isGone = async () => !(await this.#admin.listTopics()).includes(this.topic);
    await until(isGone, { what: `${this.topic} is deleted`, timeoutMs: TIMEOUT_MS });
  }

  #next(least: number, alive: () => void): Promise<number> {
    const reached = async () => {
      alive();
      const written = await this.#written();
      return written >= least ? written : null;
    };
    return until(reached, { what: `${this.topic} holds ${least} records`, timeoutMs: TIMEOUT_MS, everyMs: POLL_MS });
  }

  async #written(): Promise<number> {
    const partitions = await this.#admin.fetchTopicOffsets(this.topic);
    return partitions.reduce((sum, { high }) => sum + Number(high), 0);
  }
}

const TIMEOUT_MS = 900_000;
const POLL_MS = 20;
