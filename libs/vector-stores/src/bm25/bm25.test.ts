import fc from "fast-check";
import { expect, it } from "vitest";
import { loadBm25 } from "./bm25.js";
import { murmur3 } from "./murmur3.js";
import { wordsOf } from "./words.js";

const none = await loadBm25("none");
const english = await loadBm25("english");

it("hashes as MurmurHash3 does", () => {
  // Of SMHasher's x86_32 with seed 0.
  expect(["", "a", "ab", "abc", "test", "Hello, world!"].map(murmur3)).toEqual([
    0, 0x3c2569b2, 0x9bbfd75f, 0xb3dd93fa, 0xba6bd213, 0xc0363e43,
  ]);
});

it("gives what Qdrant's own qdrant/bm25 gives without a language", () => {
  // As Qdrant 1.18.3 stores {"text": …, "model": "qdrant/bm25", "options": {"language": "none", "avg_len": 64}}.
  const { ids, weights } = none.document("The libraries of Häuser don't run running RUNS x_y 3.14 a-b");
  expect(ids).toEqual([
    243905464, 264741300, 270731446, 858463077, 890738875, 897065139, 1009084850, 1050319643, 1132748958, 1199411734,
    1299665196, 1678278552, 1749031367, 1780580861, 1790279870,
  ]);
  for (const weight of weights) expect(weight).toBeCloseTo(1.4560497, 6);
});

it.each([
  ["case", "Ünïted NATIONS", "ünïted nations"],
  ["accents written apart", "cafe\u0301", "café"],
  ["full-width letters", "ＡＢＣ", "abc"],
  ["punctuation", "state-of-the-art, (really)!", "state of the art really"],
])("makes no difference of %s", (_what, one, other) => {
  expect(none.document(one)).toEqual(none.document(other));
});

it("takes pairs where no space is between words, and keeps marks with their letters", () => {
  expect([...wordsOf("我喜欢图书馆。A4紙 が")]).toEqual(["我喜", "喜欢", "欢图", "图书", "书馆", "a4", "紙", "が"]);
  expect([...wordsOf("コーヒー")]).toEqual(["コー", "ーヒ", "ヒー"]);
  expect([...wordsOf("ภาษาไทย")]).toContain("ไท");
  expect([...wordsOf("हिन्दी भाषा")]).toEqual(["हिन्दी", "भाषा"]);
  expect([...wordsOf("🙂 — …")]).toEqual([]);
});

it("takes endings and stop words away by language", async () => {
  expect(english.query("The library of the runs")).toEqual(english.query("libraries running"));
  expect(none.query("library")).not.toEqual(none.query("libraries"));
  const german = await loadBm25("german");
  expect(german.query("die Bücher")).toEqual(german.query("Buch"));
});

it("counts a word more that comes again, and less in a longer text", () => {
  const weightOf = (word: string, text: string) => {
    const [id = NaN] = none.query(word);
    const { ids, weights } = none.document(text);
    return weights[ids.indexOf(id)] ?? NaN;
  };
  expect(weightOf("worm", "worm worm sand")).toBeGreaterThan(weightOf("worm", "worm sand sand"));
  expect(weightOf("worm", "worm sand")).toBeGreaterThan(weightOf("worm", "worm sand dune"));
  // n (k1 + 1) / (n + k1 (1 - b + b · length / average))
  expect(weightOf("worm", "worm worm sand")).toBeCloseTo((2 * 2.2) / (2 + 1.2 * (0.25 + (0.75 * 3) / 64)), 6);
});

it("takes any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const { ids, weights } = english.document(text);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      expect(ids).toEqual(english.query(text));
      expect(weights).toHaveLength(ids.length);
      expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id <= 2 ** 31)).toBe(true);
      expect(weights.every((weight) => weight > 0 && weight < 2.2)).toBe(true);
    }),
  );
});
