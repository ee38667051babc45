import type { EmbeddingModel } from "./embedding-model.js";
import { openLocalModel } from "./local/local-model.js";

/** A model as the configuration names it. */
export interface ModelSettings {
  readonly provider: "local";
  readonly name: string;
  readonly dtype: "fp32" | "q8";
  readonly queryPrefix: string;
  readonly documentPrefix: string;
  readonly threads?: number | undefined;
  readonly hub?: string | undefined;
}

/** Where a local model's files are, or go to. */
export interface ModelPlace {
  readonly modelDirectory?: string | undefined;
  readonly modelCache: string;
}

/** @throws one sentence, when the model can't be loaded. */
export async function openModel(settings: ModelSettings, place: ModelPlace): Promise<EmbeddingModel> {
  const { name, dtype, queryPrefix, documentPrefix, threads, hub } = settings;
  const { modelDirectory, modelCache } = place;
  return openLocalModel({
    ...{ name, dtype, queryPrefix, documentPrefix, cacheDirectory: modelCache },
    ...(threads === undefined ? {} : { threads }),
    ...(hub === undefined ? {} : { hub }),
    ...(modelDirectory === undefined ? {} : { directory: modelDirectory }),
  });
}
