import type { Configuration, IndexConfiguration } from "@freshet/process/configuration";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import { sinkGroup, transformerGroup } from "@freshet/schemas/consumer-groups";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { embeddingsTopic } from "@freshet/schemas/topics";
import { definitionOf, parseDefinition, type IndexDefinition } from "./definition.js";
import { sameVectors } from "./definition-changes.js";

/** A generation of an index, as services run it. */
export interface RunningGeneration {
  readonly index: string;
  readonly number: number;
  /** See index-generations.ts. */
  readonly documents: number;
  /** The definition's; but its stores are the configuration's. */
  readonly settings: IndexConfiguration;
  /** The definition's; where the configuration still has it, with its present address, price and the like. */
  readonly model: ModelConfiguration;
  readonly definition: IndexDefinition;
  /** It answers searches, or is to. */
  readonly serving: boolean;
  readonly dropping: boolean;
}

/** Where a generation's documents are, and who makes and reads them. */
export function documentsTopicOf({ index, documents }: Pick<RunningGeneration, "index" | "documents">): string {
  return embeddingsTopic(index, documents);
}

export function transformerGroupOf({ index, documents }: Pick<RunningGeneration, "index" | "documents">): string {
  return transformerGroup(index, documents);
}

export function sinkGroupOf(store: string, { index, number }: Pick<RunningGeneration, "index" | "number">): string {
  return sinkGroup(store, index, number);
}

/**
 * Those of an index that is configured; the first one alone, as it is configured, while nothing is recorded.
 *
 * @throws {z.ZodError} when a definition isn't what this version knows.
 */
export function runningGenerations(
  configuration: Configuration,
  index: string,
  state: GenerationsState | undefined,
): readonly RunningGeneration[] {
  const configured = definitionOf(configuration, index);
  if (state === undefined) {
    const { index: settings, model } = configured;
    const first = { index, number: 1, documents: 1, settings, model, definition: configured };
    return [{ ...first, serving: true, dropping: false }];
  }
  return state.generations.map(({ number, documents, definition: json, dropping }) => {
    const definition = parseDefinition(json);
    return {
      ...{ index, number, documents, definition, dropping },
      settings: { ...definition.index, stores: configured.index.stores },
      model: presentModel(definition, configuration),
      serving: number === state.serving,
    };
  });
}

/** Where the configuration still has it, with its present address, price and the like; else as it was. */
export function presentModel({ index, model }: IndexDefinition, { models }: Configuration): ModelConfiguration {
  const configured = models[index.model];
  return configured !== undefined && sameVectors(model, configured) ? configured : model;
}
