import { encodeDefinition, type IndexDefinition } from "@freshet/generations/definition";
import { configurationSchema, type Configuration } from "@freshet/process/configuration";
import { indexSchema } from "@freshet/process/index-configuration";
import { modelSchema } from "@freshet/process/model-configuration";
import type { Generation, GenerationsState } from "@freshet/schemas/index-generations";

/** Ms since the Unix epoch, of all that is made here. */
export const THEN = 1_000;

export function definition(settings: Readonly<Record<string, unknown>> = {}, model = "a"): IndexDefinition {
  const index = { table: "public.books", text: "{{ title }}", payload: ["year"], model, stores: ["main", "other"] };
  return {
    index: indexSchema.parse({ ...index, ...settings }),
    model: modelSchema.parse({ provider: "local", name: model }),
    distances: { main: "cosine", other: "cosine" },
  };
}

/** A configuration that has the index `books` so. */
export function configurationOf({ index, model }: IndexDefinition): Configuration {
  const stores = { main: { kind: "zvec" }, other: { kind: "zvec" } };
  return configurationSchema.parse({
    ...{ source: { tables: ["public.books"] }, models: { [index.model]: model }, stores },
    indexes: { books: { ...index, table: "public.books" } },
  });
}

export function generation(number: number, parts: Partial<Generation> = {}): Generation {
  const made = { number, documents: number, createdAt: THEN, dropping: false };
  return { ...made, definition: encodeDefinition(definition()), ...parts };
}

/** @param numbers of its generations; the last one serves. */
export function generationsState(
  numbers: readonly number[] = [1],
  parts: Partial<GenerationsState> = {},
): GenerationsState {
  const last = Math.max(...numbers);
  const generations = numbers.map((number) => generation(number));
  return {
    ...{ kind: "generations", index: "books", serving: last, generations, last, reindex: null, updatedAt: THEN },
    ...parts,
  };
}
