import { Application } from "@freshet/streaming/application";
import { Registry } from "prom-client";
import { silent } from "../../support/quiescence.js";
import { until } from "../../support/until.js";

/** A message as it lies in the topic: JSON text, or null. */
export interface RawMessage {
  readonly key: string | null;
  readonly value: string | null;
}

const TIMEOUT_MS = 120_000;
const text = {
  encode: (value: string | null) => ({ bytes: value }),
  decode: (bytes: Buffer | null) => (bytes === null ? null : bytes.toString()),
};

/** Every message of a topic of one partition from its beginning, as they come. */
export class TopicLog {
  readonly messages: RawMessage[] = [];
  readonly topic: string;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(brokers: readonly string[], topic: string) {
    this.topic = topic;
    const application = new Application({
      connection: { brokers: [...brokers], clientId: `log.${topic}`, logger: silent },
      consumerGroup: `log.${topic}`,
      sessionTimeoutMs: 10_000,
      registry: new Registry(),
      deadLetterTopic: (name) => `dlq.${name}`,
    });
    const write = (batch: readonly { readonly key: string | null; readonly value: string | null }[]) => {
      this.messages.push(...batch.map(({ key, value }) => ({ key, value })));
      return Promise.resolve();
    };
    const limits = { maxItems: 100, maxBytes: 1024 * 1024, maxWaitMs: 10 };
    application.dataframe({ name: topic, key: text, value: text }).sink({ write }, limits);
    this.#ended = application.run({ signal: this.#stop.signal });
    this.#ended.catch(() => undefined);
  }

  /** Resolves when a message is there that the test accepts. */
  async has(what: string, test: (message: RawMessage) => boolean): Promise<void> {
    const found = () => this.messages.some(test);
    await until(found, { what: `${what} is in ${this.topic}`, timeoutMs: TIMEOUT_MS });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}
