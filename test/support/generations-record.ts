import { generationsStateKey, type GenerationsState } from "@freshet/schemas/index-generations";
import { decodeState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { silent } from "./quiescence.js";

/** What is recorded of an index's generations, followed. */
export class GenerationsRecord {
  readonly #states: CompactedTopic;
  readonly #key: string;

  private constructor(states: CompactedTopic, index: string) {
    this.#states = states;
    this.#key = generationsStateKey(index);
  }

  static async open(brokers: readonly string[], index: string): Promise<GenerationsRecord> {
    const connection = { brokers: [...brokers], clientId: "freshet.test", logger: silent };
    const signal = AbortSignal.timeout(30_000);
    return new GenerationsRecord(await openCompactedTopic({ connection, topic: STATE_TOPIC, signal }), index);
  }

  /** @throws {Error} before there is one. */
  get state(): GenerationsState {
    const text = this.#states.entries.get(this.#key);
    const state = text === undefined ? undefined : decodeState(text);
    if (state?.kind !== "generations") throw new Error(`there is no record ${this.#key}`);
    return state;
  }

  close(): Promise<void> {
    return this.#states.close();
  }
}
