/** So many of the words, in a row; a seeded `random` gives the same ones again. */
export function randomWords(words: readonly string[], count: number, random: () => number): string {
  return Array.from({ length: count }, () => words[Math.floor(random() * words.length)]).join(" ");
}
