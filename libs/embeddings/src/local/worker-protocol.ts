import type { EmbeddingModel } from "../embedding-model.js";
import type { ModelLocation } from "./model-files.js";
import type { ModelTraits } from "./model-traits.js";

/** What the worker is started with. */
export interface WorkerOptions extends ModelLocation {
  /** Threads of one inference; the runtime's own choice when absent. */
  readonly threads?: number | undefined;
}

export type WorkerRequest =
  | { readonly type: "embed" | "count"; readonly id: number; readonly texts: readonly string[] }
  /** The answer isn't waited for any more. */
  | { readonly type: "forget"; readonly id: number }
  /** Answered by the end of the worker, after every request before it. */
  | { readonly type: "close" };

export interface ReadyResponse extends Pick<ModelTraits, "maxTokens" | "prefixes"> {
  readonly type: "ready";
  readonly identity: EmbeddingModel["identity"];
}

export type WorkerResponse =
  | ReadyResponse
  | { readonly type: "unusable"; readonly message: string }
  | {
      readonly type: "embedded";
      readonly id: number;
      /** Of each text, one after the other; zeros for one that is refused. */
      readonly vectors: Float32Array;
      readonly tokens: readonly number[];
      /** Why a text is refused, by its place. */
      readonly failures: ReadonlyMap<number, string>;
    }
  | { readonly type: "counted"; readonly id: number; readonly tokens: readonly number[] }
  | { readonly type: "failed"; readonly id: number; readonly message: string };
