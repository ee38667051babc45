import type { Configuration } from "@freshet/process/configuration";
import { sinkGroup, transformerGroup } from "@freshet/schemas/consumer-groups";
import { COMMANDS_TOPIC, embeddingsTopic, inputTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { GroupProgress, TopicAdmin } from "@freshet/streaming/topic-admin";
import { readAcceptance } from "../read-acceptance.js";
import { readState } from "../read-state.js";
import { buildStatusReport, type StatusReport } from "./status-report.js";

/** Asks the broker and nothing else, as often as it is read. */
export class StatusReader {
  readonly #configuration: Configuration;
  readonly #admin: TopicAdmin;
  readonly #states: CompactedTopic;
  readonly #commands: CompactedTopic;

  private constructor(
    configuration: Configuration,
    topics: { readonly admin: TopicAdmin; readonly states: CompactedTopic; readonly commands: CompactedTopic },
  ) {
    this.#configuration = configuration;
    this.#admin = topics.admin;
    this.#states = topics.states;
    this.#commands = topics.commands;
  }

  /** @throws {RetriableError} when no broker answers: one sentence. */
  static async open(
    connection: KafkaConnection,
    configuration: Configuration,
    signal: AbortSignal,
  ): Promise<StatusReader> {
    const admin = await connectTopicAdmin(connection);
    try {
      const states = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
      try {
        const commands = await openCompactedTopic({ connection, topic: COMMANDS_TOPIC, signal });
        return new StatusReader(configuration, { admin, states, commands });
      } catch (error) {
        await states.close();
        throw error;
      }
    } catch (error) {
      await admin.close();
      throw error;
    }
  }

  /** @throws {RetriableError | FatalError} in a sentence. */
  async read(): Promise<StatusReport> {
    const groups = await this.#readGroups();
    const states = [...this.#states.entries].map(([key, text]) => readState(key, text));
    const acceptance = readAcceptance(this.#commands.entries, this.#configuration.source.slot);
    return buildStatusReport({ configuration: this.#configuration, states, groups, acceptance, now: Date.now() });
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.close(), this.#states.close(), this.#commands.close()]);
  }

  async #readGroups(): Promise<Map<string, GroupProgress>> {
    const wanted = groupsAndTopics(this.#configuration);
    const progress = await Promise.all(wanted.map(([group, topic]) => this.#admin.groupProgress(group, [topic])));
    return new Map(progress.map((group) => [group.group, group]));
  }
}

function groupsAndTopics({ source, indexes }: Configuration): [group: string, topic: string][] {
  return Object.entries(indexes).flatMap(([index, { stores, ...rows }]) => [
    [transformerGroup(index), inputTopic(rows, source.tables)] as [string, string],
    ...stores.map((store): [string, string] => [sinkGroup(store, index), embeddingsTopic(index)]),
  ]);
}
