import { z } from "zod";

/** By what the vectors of a store's collections are compared: cosine when absent. */
export const distance = z.enum(["cosine", "dot", "euclid"]).optional();

const LANGUAGES = [
  ...["none", "arabic", "armenian", "bulgarian", "danish", "dutch", "english", "finnish", "french", "german", "greek"],
  ...["hungarian", "indian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "portuguese"],
  ...["romanian", "russian", "sanskrit", "serbian", "spanish", "swedish", "tamil", "turkish", "ukrainian"],
] as const;

/** Of the texts, where they are also found by their words: its endings and stop words are taken away; English when absent. */
export const language = z.enum(LANGUAGES, `expected one of ${LANGUAGES.join(", ")}`).optional();

const positive = z.int().min(1).optional();

/** Of a graph index (HNSW); what is left out is the store's own choice. */
export const hnsw = z
  .strictObject({
    /** Edges of a node. */
    m: positive,
    /** Candidates while building. */
    efConstruction: positive,
    /** Candidates while searching. */
    efSearch: positive,
  })
  .optional();
