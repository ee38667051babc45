import type { EmbeddingModel } from "../embedding-model.js";
import type { ModelLocation } from "./model-files.js";

/** What the worker is started with. */
export interface WorkerOptions extends ModelLocation {
  /** Threads of one inference; the runtime's own choice when absent. */
  readonly threads?: number;
}

export type WorkerRequest =
  | { readonly type: "embed" | "count"; readonly id: number; readonly texts: readonly string[] }
  /** Answered by the end of the worker, after every request before it. */
  | { readonly type: "close" };

export type WorkerResponse =
  | { readonly type: "ready"; readonly identity: EmbeddingModel["identity"]; readonly maxTokens: number }
  | { readonly type: "unusable"; readonly message: string }
  /** All vectors of a request, one after the other, and how many tokens each text had. */
  | { readonly type: "embedded"; readonly id: number; readonly vectors: Float32Array; readonly tokens: number[] }
  | { readonly type: "counted"; readonly id: number; readonly tokens: number[] }
  | { readonly type: "failed"; readonly id: number; readonly message: string };
