import type { EmbeddingModel } from "../embedding-model.js";
import type { ModelLocation } from "./model-files.js";
import type { ModelTraits } from "./model-traits.js";

/** What the worker is started with. */
export interface WorkerOptions extends ModelLocation {
  /** Threads of one inference; the runtime's own choice when absent. */
  readonly threads?: number | undefined;
}

export interface WorkerReady extends Pick<ModelTraits, "maxTokens" | "prefixes"> {
  readonly identity: EmbeddingModel["identity"];
}

export interface WorkerRequest {
  readonly type: "embed" | "count";
  readonly texts: readonly string[];
}

export type WorkerAnswer =
  | {
      readonly type: "embedded";
      /** Of each text, one after the other; zeros for one that is refused. */
      readonly vectors: Float32Array<ArrayBuffer>;
      readonly tokens: readonly number[];
      /** Why a text is refused, by its place. */
      readonly failures: ReadonlyMap<number, string>;
    }
  | { readonly type: "counted"; readonly tokens: readonly number[] };
