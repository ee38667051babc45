import { configuredChanges } from "@freshet/generations/configured-changes";
import { definitionOf } from "@freshet/generations/definition";
import { runningGenerations, type RunningGeneration } from "@freshet/generations/running-generation";
import type { Configuration } from "@freshet/process/configuration";
import { generationsStateKey, type GenerationsState } from "@freshet/schemas/index-generations";
import type { ServiceState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import { FatalError } from "@freshet/streaming/errors";

/** An index as it is recorded. */
export interface RecordedIndex {
  readonly index: string;
  readonly reindex: GenerationsState["reindex"];
  readonly serving: RunningGeneration;
  /** Those that don't serve. */
  readonly others: readonly RunningGeneration[];
  /** Settings that freshet.yaml has otherwise than what serves, and than what is being built. */
  readonly changes: readonly string[];
}

/** @throws {FatalError} when a record can't be read. */
export function recordedIndexes(configuration: Configuration, states: readonly ServiceState[]): RecordedIndex[] {
  return Object.keys(configuration.indexes).map((index) => {
    const state = states.filter((one) => one.kind === "generations").find((one) => one.index === index);
    try {
      return recordedIndex(configuration, index, state);
    } catch (error) {
      throw new FatalError(
        `Record ${generationsStateKey(index)} of topic ${STATE_TOPIC} can't be read: is it of a newer version than this command? ${(error as Error).message}`,
        { cause: error },
      );
    }
  });
}

function recordedIndex(
  configuration: Configuration,
  index: string,
  state: GenerationsState | undefined,
): RecordedIndex {
  const running = runningGenerations(configuration, index, state);
  const serving = running.find((one) => one.serving);
  if (serving === undefined) throw new RangeError("none of its generations serves");
  const changes = state === undefined ? [] : configuredChanges(state, definitionOf(configuration, index));
  return {
    ...{ index, serving, others: running.filter((one) => one !== serving) },
    reindex: state?.reindex ?? null,
    changes: changes.map(({ setting }) => setting),
  };
}
