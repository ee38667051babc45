import { randomSource } from "@freshet/local-stack/random";
import { readCisi } from "./cisi.js";
import { readTitles } from "../titles.js";

const SEED = 20_250_101;
/** Descriptions that make up an abstract where the real ones aren't there. */
const DESCRIPTIONS_PER_ABSTRACT = 8;

/** Half descriptions of titles, half abstracts, shuffled; the same ones each time. */
export function mixedTexts(data: string | null, count: number): string[] {
  const random = randomSource(SEED);
  const titles = shuffle(readTitles(data), random).map(({ description }) => description);
  const descriptions = titles.filter((text) => text !== "").slice(0, Math.ceil(count / 2));
  const abstracts = readCisi(data)?.documents.map(({ text }) => text) ?? syntheticAbstracts(titles);
  return shuffle([...descriptions, ...shuffle(abstracts, random).slice(0, Math.floor(count / 2))], random);
}

function syntheticAbstracts(descriptions: readonly string[]): string[] {
  return descriptions.map((_, i) => descriptions.slice(i, i + 1 + (i % (2 * DESCRIPTIONS_PER_ABSTRACT))).join(" "));
}

/** By Fisher and Yates. */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [shuffled[last], shuffled[other]];
    if (a !== undefined && b !== undefined) [shuffled[last], shuffled[other]] = [b, a];
  }
  return shuffled;
}
