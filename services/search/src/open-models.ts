import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { openWhenReachable, type Waiting } from "@freshet/embeddings/open-when-reachable";
import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";

/** Those models that an index uses, by their name in the configuration. */
export async function openModels(
  { models, indexes }: Configuration,
  environment: Environment,
  waiting: Waiting,
): Promise<Map<string, EmbeddingModel>> {
  const used = new Set(Object.values(indexes).map(({ model }) => model));
  const opened = Object.entries(models)
    .filter(([name]) => used.has(name))
    .map(async ([name, model]) => [name, await openWhenReachable(model, environment, waiting)] as const);
  return new Map(await Promise.all(opened));
}
