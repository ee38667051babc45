import type { EmbeddingModel } from "./embedding-model.js";
import { openLocalModel } from "./local/local-model.js";
import { openOpenAiModel } from "./openai/openai-model.js";
import type { OpenAiModelSettings } from "./openai/options.js";
import type { TeiModelSettings } from "./tei/options.js";
import { openTeiModel } from "./tei/tei-model.js";

interface LocalModelSettings {
  readonly provider: "local";
  readonly name: string;
  readonly dtype: "fp32" | "q8";
  readonly queryPrefix?: string | undefined;
  readonly documentPrefix?: string | undefined;
  readonly threads?: number | undefined;
  readonly hub?: string | undefined;
  readonly hubUrl?: string | undefined;
  readonly sha256?: string | undefined;
}

/** A model as the configuration names it. */
export type ModelSettings =
  | LocalModelSettings
  | ({ readonly provider: "openai" } & OpenAiModelSettings)
  | ({ readonly provider: "tei" } & TeiModelSettings);

/** Where a local model's files are, or go to. */
export interface ModelPlace {
  readonly modelDirectory?: string | undefined;
  readonly modelCache: string;
  /** A secret from the environment, by its variable's name. */
  readonly secret?: (variable: string) => (() => string) | undefined;
  /** Ends the waiting for a server. */
  readonly signal?: AbortSignal;
}

/** @throws one sentence, when the model can't be loaded. */
export async function openModel(settings: ModelSettings, place: ModelPlace): Promise<EmbeddingModel> {
  switch (settings.provider) {
    case "local":
      return openLocalModel({ ...settings, directory: place.modelDirectory, cacheDirectory: place.modelCache });
    case "openai":
      return openOpenAiModel({ ...settings, ...place, apiKey: place.secret?.(settings.apiKeyVariable) });
    case "tei":
      return openTeiModel({ ...settings, apiKey: place.secret?.(settings.apiKeyVariable), signal: place.signal });
    default:
      return settings satisfies never;
  }
}
