import type { RequestLimits } from "../remote/request-plan.js";

export interface Timeouts {
  readonly connectSeconds: number;
  /** Between two signs of life, the first of them the answer's beginning. */
  readonly readSeconds: number;
  /** From the request's first byte to the answer's last. */
  readonly totalSeconds: number;
}

/** A model behind an OpenAI-compatible server, as the configuration names it. */
export interface OpenAiModelSettings {
  /** The model's name at the server. */
  readonly name: string;
  /** Of the API, without `/embeddings`. */
  readonly url: string;
  /** Azure's `api-version` query. */
  readonly apiVersion?: string | undefined;
  /** How the key is sent: `Authorization: Bearer …`, or Azure's `api-key: …`. */
  readonly authentication: "bearer" | "api-key";
  /** Where the key comes from. */
  readonly apiKeyVariable: string;
  readonly dimensions: number;
  /** Asks the server to shorten its vectors; only some models can. */
  readonly sendDimensions: boolean;
  /** A label of the operator's, since no server says which weights it runs: another one is another identity. */
  readonly revision: string;
  readonly maxTokens: number;
  /** An encoding of OpenAI's, a folder with a Hugging Face tokenizer, or a repository's name on the hub. */
  readonly tokenizer: string;
  readonly queryPrefix: string;
  readonly documentPrefix: string;
  readonly batch: RequestLimits;
  readonly requestsInFlight: number;
  readonly timeouts: Timeouts;
}

export interface OpenAiModelOptions extends OpenAiModelSettings {
  /** A function, so that no log shows the key, and a key whose file is replaced is taken up; absent for none. */
  readonly apiKey?: (() => string) | undefined;
  /** Where the hub's models are, or are downloaded to. */
  readonly modelDirectory?: string | undefined;
  readonly modelCache: string;
}
