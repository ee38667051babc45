const WORD = /[\p{Alphabetic}\p{M}\p{N}]+/gu;
/** Of scripts that put no space between words. */
const UNSPACED = /([\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}ー]+)/u;

/**
 * Runs of letters, marks and digits, in lower case. In scripts without spaces it is each two neighbouring characters:
 * a dictionary would cut the same word differently in a text and alone.
 */
export function* wordsOf(text: string): Generator<string> {
  // Ligatures, full-width forms and accents written apart become the letters that they stand for.
  for (const [run] of text.normalize("NFKC").toLowerCase().matchAll(WORD)) {
    if (!UNSPACED.test(run)) {
      yield run;
      continue;
    }
    for (const [place, part] of run.split(UNSPACED).entries()) {
      if (part !== "") yield* place % 2 === 1 ? pairs(part) : [part];
    }
  }
}

function pairs(run: string): string[] {
  const characters = Array.from(run);
  const [only = ""] = characters;
  return characters.length < 2 ? [only] : characters.slice(1).map((next, place) => `${characters[place] ?? ""}${next}`);
}
