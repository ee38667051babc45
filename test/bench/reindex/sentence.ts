import { randomWords } from "../../support/random-words.js";

const WORDS = (
  "river storm engine garden planet letter winter market bridge signal harbour mirror doctor violin desert candle " +
  "island forest thief captain sister castle shadow teacher hunter painter valley ocean mountain village soldier queen " +
  "kitchen window railway museum library hospital airport factory temple prison school theatre summer autumn spring " +
  "morning midnight thunder silver copper marble cotton leather paper glass stone bread honey butter pepper coffee " +
  "horse falcon spider tiger rabbit salmon turtle eagle follows finds loses keeps sells breaks paints carries " +
  "remembers forgets burns hides quickly slowly never always alone together under behind beyond without against between"
).split(" ");

/** So many English words in a row: of twelve hardly two are alike. */
export function sentence(random: () => number, words: number): string {
  return randomWords(WORDS, words, random);
}
