import type { Cut } from "./text-tokens.js";
import type { TokenizerLocation } from "./tokenizer.js";

export interface TokenizerWorkerOptions extends TokenizerLocation {
  /** Of one text, special ones included. */
  readonly maxTokens: number;
}

export interface TokenizerRequest {
  readonly type: "count" | "cut";
  readonly id: number;
  readonly texts: readonly string[];
}

export type TokenizerResponse =
  | { readonly type: "ready" }
  | { readonly type: "unusable"; readonly message: string }
  | { readonly type: "counted"; readonly id: number; readonly tokens: number[] }
  /** The tokens are with the special ones, as the server counts them. */
  | { readonly type: "cut"; readonly id: number; readonly cuts: Cut[] }
  | { readonly type: "failed"; readonly id: number; readonly message: string };
