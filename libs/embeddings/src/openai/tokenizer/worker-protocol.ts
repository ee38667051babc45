import type { Cut } from "./text-tokens.js";
import type { TokenizerLocation } from "./tokenizer.js";

export interface TokenizerWorkerOptions extends TokenizerLocation {
  /** Of one text, special ones included. */
  readonly maxTokens: number;
}

export interface TokenizerRequest {
  readonly type: "count" | "cut";
  readonly texts: readonly string[];
}

export type TokenizerAnswer =
  | { readonly type: "counted"; readonly tokens: number[] }
  /** The tokens are with the special ones, as the server counts them. */
  | { readonly type: "cut"; readonly cuts: Cut[] };
