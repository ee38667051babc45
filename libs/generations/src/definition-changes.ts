import type { ModelConfiguration } from "@freshet/process/model-configuration";
import { stringifyJson } from "@freshet/schemas/lossless-json";
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
const DOCUMENT_SETTINGS = ["table", "topic", "format", "key", "text", "where", "payload", "chunking"] as const;
const COLLECTION_SETTINGS = ["tenant", "hybrid", "partitionBy"] as const;

/** All that differs, in the order of remaking. A model that only has another name in the configuration is the same. */
export function definitionChanges(from: IndexDefinition, to: IndexDefinition): readonly DefinitionChange[] {
  const [before, after] = [new Map(Object.entries(from.index)), new Map(Object.entries(to.index))];
  const differing = (setting: string) => !equal(before.get(setting), after.get(setting));
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

function modelChanges(from: ModelConfiguration, to: ModelConfiguration): readonly DefinitionChange[] {
  const [before, after] = [new Map(Object.entries(from)), new Map(Object.entries(to))];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((setting) => !equal(before.get(setting), after.get(setting)))
    .map((setting) => ({
      setting: `model.${setting}`,
      remake: APART_FROM_VECTORS.includes(setting) ? "nothing" : "documents",
    }));
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

function equal(a: unknown, b: unknown): boolean {
  return stringifyJson(a ?? null) === stringifyJson(b ?? null);
}
