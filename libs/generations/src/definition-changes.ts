import { isDeepStrictEqual } from "node:util";
import type { IndexConfiguration } from "@freshet/process/configuration";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import type { IndexDefinition } from "./definition.js";

/**
 * What a change of a setting asks for: `documents`, each row's text, payload or vectors anew; `collection`, another collection
 * with the same documents; `nothing`, the services take it as they start.
 */
export type Remake = "documents" | "collection" | "nothing";

export interface DefinitionChange {
  /** As freshet.yaml has it: `text`, `chunking`, `filterable.year`, `distance of main`. */
  readonly setting: string;
  readonly remake: Remake;
}

/** Of a model, what has no part in the vectors of documents: where it is, how it is asked, and what it costs. */
const APART_FROM_VECTORS: readonly string[] = [
  ...["price", "threads", "hubUrl", "url", "apiVersion", "authentication", "apiKeyVariable", "batch"],
  ...["requestsInFlight", "timeouts", "window", "timeoutSeconds", "queryPrefix"],
];
/** Of an index, what its documents are made by, beside the model. */
export const DOCUMENT_SETTINGS = ["table", "topic", "format", "key", "text", "where", "payload", "chunking"] as const;
const COLLECTION_SETTINGS = ["tenant", "hybrid", "partitionBy"] as const;

/** All that differs, in the order of remaking. A model that only has another name in the configuration is the same. */
export function definitionChanges(from: IndexDefinition, to: IndexDefinition): readonly DefinitionChange[] {
  const [before, after] = [comparable(from.index), comparable(to.index)];
  const differing = (setting: string) => !isDeepStrictEqual(before.get(setting), after.get(setting));
  return [
    ...DOCUMENT_SETTINGS.filter(differing).map((setting) => ({ setting, remake: "documents" }) as const),
    ...modelChanges(from.model, to.model),
    ...COLLECTION_SETTINGS.filter(differing).map((setting) => ({ setting, remake: "collection" }) as const),
    ...fieldChanges(from.index.filterable, to.index.filterable),
    ...Object.entries(to.distances).flatMap(([store, distance]): readonly DefinitionChange[] =>
      (from.distances[store] ?? distance) === distance
        ? []
        : [{ setting: `distance of ${store}`, remake: "collection" }],
    ),
  ];
}

/** Whether two models make the same vectors of the same documents. */
export function sameVectors(from: ModelConfiguration, to: ModelConfiguration): boolean {
  return modelChanges(from, to).every(({ remake }) => remake === "nothing");
}

/** What says the same is the same: a default that is written out, or a payload in another order. */
function comparable(index: IndexConfiguration): ReadonlyMap<string, unknown> {
  const { topic, format, chunking, payload } = index.topic === undefined ? { ...index, format: undefined } : index;
  const same = { payload: new Set(payload), chunking: chunking ?? {}, format: topic && (format ?? "json") };
  return new Map<string, unknown>(Object.entries({ ...index, ...same }));
}

function modelChanges(from: ModelConfiguration, to: ModelConfiguration): readonly DefinitionChange[] {
  const [before, after] = [
    new Map<string, unknown>(Object.entries(from)),
    new Map<string, unknown>(Object.entries(to)),
  ];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((setting) => !isDeepStrictEqual(before.get(setting), after.get(setting)))
    .map((setting) => {
      const isApart = APART_FROM_VECTORS.includes(setting) || isPinning(setting, before, after);
      return { setting: `model.${setting}`, remake: isApart ? "nothing" : "documents" };
    });
}

/** A checksum for a file that had none, or none any more: the file is the same one, unless two checksums say otherwise. */
function isPinning(setting: string, ...[before, after]: readonly ReadonlyMap<string, unknown>[]): boolean {
  return setting === "sha256" && (before?.get(setting) === undefined || after?.get(setting) === undefined);
}

/** A store takes a new column into a collection that is there; it doesn't change or forget one. */
function fieldChanges(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): readonly DefinitionChange[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((column) => from[column] !== to[column])
    .map((column) => ({
      setting: `filterable.${column}`,
      remake: from[column] === undefined ? "nothing" : "collection",
    }));
}
