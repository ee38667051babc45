import { definitionOf, parseDefinition, type IndexDefinition } from "@freshet/generations/definition";
import { presentModel } from "@freshet/generations/running-generation";
import type { Configuration } from "@freshet/process/configuration";
import { featuresOf } from "@freshet/process/index-configuration";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import type { CollectionFeatures, CollectionSpec } from "@freshet/vector-stores/collection-spec";
import { CollectionMismatchError } from "@freshet/vector-stores/errors";
import { partitionedSearchableStore } from "@freshet/vector-stores/partitioned/open";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";

/** One of an index's collections, as it is searched. */
export interface AnsweringCollection {
  readonly spec: CollectionSpec;
  /** What can be asked of it. */
  readonly features: CollectionFeatures;
  /** By which its vectors were made. */
  readonly model: ModelConfiguration;
  /** With its partitions as one. */
  readonly store: SearchableStore;
}

export interface AnsweringOptions {
  readonly configuration: Configuration;
  readonly index: string;
  readonly store: SearchableStore;
}

/**
 * By what the collection was made for; where that isn't known, by what is configured.
 *
 * @throws {CollectionMismatchError} when that can't be read.
 */
export function answeringCollection(
  spec: CollectionSpec,
  { configuration, index, store }: AnsweringOptions,
): AnsweringCollection {
  const definition = definitionIn(spec) ?? definitionOf(configuration, index);
  return {
    spec,
    features: featuresOf(definition.index),
    model: presentModel(definition, configuration),
    store: partitionedSearchableStore(store, definition.index.partitionBy),
  };
}

function definitionIn({ name, origin }: CollectionSpec): IndexDefinition | null {
  if (!origin?.definition) return null;
  try {
    return parseDefinition(origin.definition);
  } catch (cause) {
    throw new CollectionMismatchError(
      `What the collection ${name} was made for can't be read: a newer version of Freshet made it. Update the search service.`,
      { cause },
    );
  }
}
