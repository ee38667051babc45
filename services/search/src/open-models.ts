import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { openLocalModel } from "@freshet/embeddings/local/local-model";
import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";

/** Those models that an index uses, by their name in the configuration. */
export async function openModels(
  { models, indexes }: Configuration,
  { modelDirectory, modelCache }: Environment,
): Promise<Map<string, EmbeddingModel>> {
  const used = new Set(Object.values(indexes).map(({ model }) => model));
  const place = { cacheDirectory: modelCache, ...(modelDirectory === undefined ? {} : { directory: modelDirectory }) };
  const opened = Object.entries(models)
    .filter(([name]) => used.has(name))
    .map(async ([name, { name: modelName, dtype, queryPrefix, documentPrefix, threads, hub }]) => {
      const options = { name: modelName, dtype, queryPrefix, documentPrefix, ...place };
      const optional = { ...(threads === undefined ? {} : { threads }), ...(hub === undefined ? {} : { hub }) };
      return [name, await openLocalModel({ ...options, ...optional })] as const;
    });
  return new Map(await Promise.all(opened));
}
