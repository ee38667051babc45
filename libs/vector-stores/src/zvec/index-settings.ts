import { z } from "zod";
import type { Hnsw } from "../hnsw.js";

/** How the vectors of one collection are kept and joined to a graph; laid down when it is made. */
export const indexSettingsSchema = z.object({
  /** Edges of a node. */
  m: z.int(),
  /** Candidates while building. */
  efConstruction: z.int(),
  /** `fp16` keeps half of each number's bits, in files and in what is read back. */
  quantization: z.enum(["none", "fp16"]),
});

export type IndexSettings = z.output<typeof indexSettingsSchema>;

export interface IndexOptions {
  /** What is left out is the profile's; `efSearch` zvec's own (300). */
  readonly hnsw?: Hnsw | undefined;
  readonly quantization?: IndexSettings["quantization"] | undefined;
  /** `edge`, for small machines: files of little more than half the size, and a smaller graph. */
  readonly profile?: "edge" | undefined;
}

export const DEFAULT_SETTINGS: IndexSettings = { m: 16, efConstruction: 200, quantization: "none" };
const EDGE_SETTINGS: IndexSettings = { m: 8, efConstruction: 100, quantization: "fp16" };

export function indexSettings({ hnsw, quantization, profile }: IndexOptions): IndexSettings {
  const defaults = profile === "edge" ? EDGE_SETTINGS : DEFAULT_SETTINGS;
  return {
    m: hnsw?.m ?? defaults.m,
    efConstruction: hnsw?.efConstruction ?? defaults.efConstruction,
    quantization: quantization ?? defaults.quantization,
  };
}
