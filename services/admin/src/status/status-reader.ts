import { documentsTopicOf, sinkGroupOf, transformerGroupOf } from "@freshet/generations/running-generation";
import type { Configuration } from "@freshet/process/configuration";
import { schedulerGroup } from "@freshet/schemas/consumer-groups";
import type { ServiceState } from "@freshet/schemas/service-state";
import { COMMANDS_TOPIC, inputTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { GroupProgress, TopicAdmin } from "@freshet/streaming/topic-admin";
import { readAcceptance } from "../read-acceptance.js";
import { readState } from "../read-state.js";
import { recordedIndexes } from "./index-generations.js";
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
    const states = [...this.#states.entries].map(([key, text]) => readState(key, text));
    const groups = await this.#readGroups(states);
    const acceptance = readAcceptance(this.#commands.entries, this.#configuration.source.slot);
    return buildStatusReport({ configuration: this.#configuration, states, groups, acceptance, now: Date.now() });
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.close(), this.#states.close(), this.#commands.close()]);
  }

  async #readGroups(states: readonly ServiceState[]): Promise<Map<string, GroupProgress>> {
    const wanted = groupsAndTopics(this.#configuration, states);
    const progress = await Promise.all(wanted.map(([group, ...topics]) => this.#admin.groupProgress(group, topics)));
    return new Map(progress.map((group) => [group.group, group]));
  }
}

function groupsAndTopics(
  configuration: Configuration,
  states: readonly ServiceState[],
): [group: string, ...topics: string[]][] {
  const { source, schedule } = configuration;
  const generations = recordedIndexes(configuration, states).flatMap(({ serving, others }) => [serving, ...others]);
  const ofIndexes = generations.flatMap((generation) => [
    [transformerGroupOf(generation), inputTopic(generation.settings, source.tables)] as [string, string],
    ...generation.settings.stores.map((store): [string, string] => [
      sinkGroupOf(store, generation),
      documentsTopicOf(generation),
    ]),
  ]);
  return Object.keys(schedule).length === 0 ? ofIndexes : [...ofIndexes, [schedulerGroup(source.slot)]];
}
