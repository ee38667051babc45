import { sourceStateKey, type SourceState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { readState } from "../read-state.js";
import type { SourceView } from "./source-view.js";

/** The source as its state tells it, live. */
export class SourceFeed {
  readonly #slot: string;
  readonly #states: CompactedTopic;
  #text: string | undefined;
  #state: SourceState | null = null;

  private constructor(slot: string, states: CompactedTopic) {
    this.#slot = slot;
    this.#states = states;
  }

  /** Resolves once everything is known that the state topic said at the call. @throws {RetriableError} no broker answers. */
  static async open(connection: KafkaConnection, slot: string, signal: AbortSignal): Promise<SourceFeed> {
    return new SourceFeed(slot, await openCompactedTopic({ connection, topic: STATE_TOPIC, signal }));
  }

  /** @throws {FatalError} when the state can't be read. */
  view(): SourceView {
    const key = sourceStateKey(this.#slot);
    const text = this.#states.entries.get(key);
    if (text !== this.#text) {
      this.#text = text;
      const state = text === undefined ? null : readState(key, text);
      this.#state = state?.kind === "source" ? state : null;
    }
    return { state: this.#state };
  }

  close(): Promise<void> {
    return this.#states.close();
  }
}
