import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { languageSchema } from "../bm25/language.js";
import { collectionSpecSchema } from "../collection-spec.js";
import { DEFAULT_SETTINGS, indexSettingsSchema } from "./index-settings.js";

/** What a collection was made for, and how it is laid down. */
export const storedCollectionSchema = z.object({
  ...collectionSpecSchema.shape,
  settings: indexSettingsSchema.default(DEFAULT_SETTINGS),
  /** Whose endings its terms are without; it matters to a hybrid collection only. */
  language: languageSchema.default("none"),
  /** Each time that it is rebuilt it moves to the folder of the next. */
  generation: z.int().default(0),
  /** Whether it was made safe to optimize: see priming.ts. */
  primed: z.boolean().default(false),
});

export type StoredCollection = z.output<typeof storedCollectionSchema>;
/** As somebody wants it. */
export type WantedCollection = Omit<StoredCollection, "generation" | "primed">;

/** What a collection is to become so that it also has what is wanted; fields that are there stay. */
export function merged(stored: StoredCollection, wanted: WantedCollection): StoredCollection {
  const { features, settings, language, origin } = wanted;
  const fields = { ...stored.features.fields, ...features.fields };
  return { ...stored, features: { ...features, fields }, settings, language, origin: origin ?? stored.origin };
}

/** Whether points have to lie otherwise than they do. */
export function needsRebuild(stored: StoredCollection, next: StoredCollection): boolean {
  return (
    // What may have been replaced or deleted in it would harm its first optimize.
    !stored.primed ||
    !isDeepStrictEqual(stored.features.fields, next.features.fields) ||
    !isDeepStrictEqual(stored.settings, next.settings) ||
    (next.features.hybrid && stored.language !== next.language)
  );
}
