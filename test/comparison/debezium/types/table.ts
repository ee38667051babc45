import { COLLECTIONS } from "./collections.js";
import { NUMBERS } from "./numbers.js";
import { OTHERS } from "./others.js";
import { TEXTS } from "./texts.js";
import { TIMES } from "./times.js";
import type { Sample, TypeRow } from "./type-row.js";

/** Every type that is promised, in the order of the producer's README. */
export const TYPE_TABLE: readonly TypeRow[] = [...NUMBERS, ...TEXTS, ...TIMES, ...COLLECTIONS, ...OTHERS];

export const SAMPLES: readonly Sample[] = TYPE_TABLE.flatMap(({ samples }) => samples);
