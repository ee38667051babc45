import type { Configuration, IndexConfiguration } from "@freshet/process/configuration";
import { indexSchema } from "@freshet/process/index-configuration";
import { modelSchema, type ModelConfiguration } from "@freshet/process/model-configuration";
import { formatTableName } from "@freshet/process/table-name";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { z } from "zod";

type Distance = NonNullable<Configuration["stores"][string]["distance"]>;

/** What a generation was configured as: all by which its documents and collections could differ from another's. */
export interface IndexDefinition {
  /** As it was then; its stores are the configuration's at any time, as one more or less makes no other index. */
  readonly index: IndexConfiguration;
  /** What `index.model` named. */
  readonly model: ModelConfiguration;
  /** Of each store that the index had. */
  readonly distances: Readonly<Record<string, Distance>>;
}

const definitionSchema = z.object({
  index: indexSchema,
  model: modelSchema,
  distances: z.record(z.string(), z.enum(["cosine", "dot", "euclid"])),
});

/** What the configuration says of an index now. @throws {RangeError} when it doesn't have the index. */
export function definitionOf({ indexes, models, stores }: Configuration, name: string): IndexDefinition {
  const index = indexes[name];
  const model = models[index?.model ?? ""];
  if (index === undefined || model === undefined) throw new RangeError(`no index ${name} is configured`);
  const distances = index.stores.map((store) => [store, stores[store]?.distance ?? "cosine"] as const);
  return { index, model, distances: Object.fromEntries(distances) };
}

/** As `parseDefinition` reads it: in the form of freshet.yaml. */
export function encodeDefinition({ index, model, distances }: IndexDefinition): JsonObject {
  const { table, ...rest } = index;
  const rows = table === undefined ? rest : { ...rest, table: formatTableName(table) };
  return JSON.parse(JSON.stringify({ index: rows, model, distances })) as JsonObject;
}

/** @throws {z.ZodError} when it isn't what this version knows. */
export function parseDefinition(json: JsonObject): IndexDefinition {
  return definitionSchema.parse(json);
}
