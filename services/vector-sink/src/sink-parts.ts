import { encodeDefinition } from "@freshet/generations/definition";
import type { RunningGeneration } from "@freshet/generations/running-generation";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import type { VectorStore } from "@freshet/vector-stores/vector-store";

/** A generation of an index in one store: to be filled, or to be dropped. */
export interface SinkPart {
  readonly generation: RunningGeneration;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  readonly store: VectorStore;
}

/**
 * What is to be done in each store, each under a name that is another when it is to be done otherwise. Which generation
 * serves isn't in the name: the alias moves beside the rows.
 */
export function sinkParts(
  stores: ReadonlyMap<string, VectorStore>,
  generations: readonly RunningGeneration[],
): ReadonlyMap<string, SinkPart> {
  const parts = new Map<string, SinkPart>();
  for (const generation of generations) {
    const { index, number, documents, dropping, definition, settings } = generation;
    const configured = encodeDefinition(definition);
    for (const storeName of settings.stores) {
      const store = stores.get(storeName);
      const name = stringifyJson([storeName, index, number, dropping, documents, configured]);
      if (store) parts.set(name, { generation, storeName, store });
    }
  }
  return parts;
}
