const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";

/** So many words that no language has, so that no two texts are alike. */
export function gibberish(random: () => number, words: number): string {
  const one = (letters: string) => letters[Math.floor(random() * letters.length)] ?? "";
  const word = () => Array.from({ length: 3 }, () => one(CONSONANTS) + one(VOWELS)).join("");
  return Array.from({ length: words }, word).join(" ");
}
