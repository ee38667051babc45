import { z } from "zod";

interface Words {
  /** Takes a word's ending off. */
  readonly stemmer: (word: string) => string;
  /** What says nothing of what a text is about. */
  readonly stopwords: readonly string[];
}

const STEMMERS = {
  arabic: () => import("@orama/stemmers/arabic"),
  armenian: () => import("@orama/stemmers/armenian"),
  bulgarian: () => import("@orama/stemmers/bulgarian"),
  danish: () => import("@orama/stemmers/danish"),
  dutch: () => import("@orama/stemmers/dutch"),
  english: () => import("@orama/stemmers/english"),
  finnish: () => import("@orama/stemmers/finnish"),
  french: () => import("@orama/stemmers/french"),
  german: () => import("@orama/stemmers/german"),
  greek: () => import("@orama/stemmers/greek"),
  hungarian: () => import("@orama/stemmers/hungarian"),
  indian: () => import("@orama/stemmers/indian"),
  indonesian: () => import("@orama/stemmers/indonesian"),
  irish: () => import("@orama/stemmers/irish"),
  italian: () => import("@orama/stemmers/italian"),
  lithuanian: () => import("@orama/stemmers/lithuanian"),
  nepali: () => import("@orama/stemmers/nepali"),
  norwegian: () => import("@orama/stemmers/norwegian"),
  portuguese: () => import("@orama/stemmers/portuguese"),
  romanian: () => import("@orama/stemmers/romanian"),
  russian: () => import("@orama/stemmers/russian"),
  sanskrit: () => import("@orama/stemmers/sanskrit"),
  serbian: () => import("@orama/stemmers/serbian"),
  spanish: () => import("@orama/stemmers/spanish"),
  swedish: () => import("@orama/stemmers/swedish"),
  tamil: () => import("@orama/stemmers/tamil"),
  turkish: () => import("@orama/stemmers/turkish"),
  ukrainian: () => import("@orama/stemmers/ukrainian"),
};
const STOP_WORDS = {
  arabic: () => import("@orama/stopwords/arabic"),
  armenian: () => import("@orama/stopwords/armenian"),
  bulgarian: () => import("@orama/stopwords/bulgarian"),
  danish: () => import("@orama/stopwords/danish"),
  dutch: () => import("@orama/stopwords/dutch"),
  english: () => import("@orama/stopwords/english"),
  finnish: () => import("@orama/stopwords/finnish"),
  french: () => import("@orama/stopwords/french"),
  german: () => import("@orama/stopwords/german"),
  greek: () => import("@orama/stopwords/greek"),
  hungarian: () => import("@orama/stopwords/hungarian"),
  indian: () => import("@orama/stopwords/indian"),
  indonesian: () => import("@orama/stopwords/indonesian"),
  irish: () => import("@orama/stopwords/irish"),
  italian: () => import("@orama/stopwords/italian"),
  lithuanian: () => import("@orama/stopwords/lithuanian"),
  nepali: () => import("@orama/stopwords/nepali"),
  norwegian: () => import("@orama/stopwords/norwegian"),
  portuguese: () => import("@orama/stopwords/portuguese"),
  romanian: () => import("@orama/stopwords/romanian"),
  russian: () => import("@orama/stopwords/russian"),
  sanskrit: () => import("@orama/stopwords/sanskrit"),
  serbian: () => import("@orama/stopwords/serbian"),
  spanish: () => import("@orama/stopwords/spanish"),
  swedish: () => import("@orama/stopwords/swedish"),
  tamil: () => import("@orama/stopwords/tamil"),
  turkish: () => import("@orama/stopwords/turkish"),
  ukrainian: () => import("@orama/stopwords/ukrainian"),
};

/** Whose endings and stop words are taken away, so that "the libraries" finds "library"; with `none` words stay as they are. */
export type Language = "none" | keyof typeof STEMMERS;

export const languageSchema = z.custom<Language>(
  (value) => value === "none" || (typeof value === "string" && Object.hasOwn(STEMMERS, value)),
  "expected a language",
);

export async function loadWords(language: Language): Promise<Words> {
  if (language === "none") return { stemmer: (word) => word, stopwords: [] };
  const [{ stemmer }, { stopwords }] = await Promise.all([STEMMERS[language](), STOP_WORDS[language]()]);
  return { stemmer, stopwords };
}
