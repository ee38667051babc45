import type { Configuration } from "@freshet/process/configuration";
import { documentsModelKey, generationsStateKey, type GenerationsState } from "@freshet/schemas/index-generations";
import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import { decodeState, type ServiceState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import { FatalError } from "@freshet/streaming/errors";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { z } from "zod";
import { runningGenerations, type RunningGeneration } from "./running-generation.js";

export interface GenerationsFeedOptions {
  readonly configuration: Configuration;
  readonly connection: KafkaConnection;
  /** Gives the opening up. */
  readonly signal: AbortSignal;
}

/** The generations of the configured indexes, live. */
export class GenerationsFeed {
  readonly #configuration: Configuration;
  readonly #states: CompactedTopic;

  /** @param states the state topic's; closed with the feed. */
  constructor(configuration: Configuration, states: CompactedTopic) {
    this.#configuration = configuration;
    this.#states = states;
  }

  /**
   * Resolves once everything is known that the state topic said at the call.
   *
   * @throws {RetriableError} no broker answers. @throws {FatalError} this client may not read the topic. @throws the
   * signal's reason.
   */
  static async open({ configuration, connection, signal }: GenerationsFeedOptions): Promise<GenerationsFeed> {
    return new GenerationsFeed(configuration, await openCompactedTopic({ connection, topic: STATE_TOPIC, signal }));
  }

  /** What is recorded of an index; undefined before a transformer knew it. @throws {FatalError} when it can't be read. */
  state(index: string): GenerationsState | undefined {
    const state = this.#record(generationsStateKey(index));
    return state?.kind === "generations" ? state : undefined;
  }

  /** By which model documents are made; undefined before their transformer has opened it. @throws {FatalError} */
  model(index: string, documents: number): ModelIdentity | undefined {
    const state = this.#record(documentsModelKey(index, documents));
    return state?.kind === "model" ? state.model : undefined;
  }

  /** Of all configured indexes. @throws {FatalError} when a record can't be read. */
  running(): readonly RunningGeneration[] {
    return Object.keys(this.#configuration.indexes).flatMap((index) => {
      const state = this.state(index);
      return this.#readable(generationsStateKey(index), () => runningGenerations(this.#configuration, index, state));
    });
  }

  close(): Promise<void> {
    return this.#states.close();
  }

  #record(key: string): ServiceState | undefined {
    const text = this.#states.entries.get(key);
    return text === undefined ? undefined : this.#readable(key, () => decodeState(text));
  }

  #readable<T>(key: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw new FatalError(
        `Record ${key} of topic ${STATE_TOPIC} can't be read: is it of a newer version than this program? ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }
}

/** What zod makes of it is JSON over many lines. */
function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  return error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}
