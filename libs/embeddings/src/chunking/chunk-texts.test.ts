import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkTexts, type ChunkingRules } from "./chunk-texts.js";
import { sentencesOf } from "./pieces.js";

/** Counts words and the rest in threes, and more for neighbours than for each alone, as tokenizers may. */
class Counter {
  calls = 0;
  counted = 0;
  longest = 0;
  count(text: string): number {
    const words = text.match(/\p{L}+|\p{N}|[^\p{L}\p{N}\s]/gu) ?? [];
    const ofWords = words.reduce((sum, word) => sum + Math.ceil(word.length / 3), 0);
    return ofWords + Math.floor(words.length / 6);
  }
  countTokens(texts: readonly string[]): Promise<number[]> {
    this.calls += 1;
    for (const { length } of texts) {
      this.counted += length;
      this.longest = Math.max(this.longest, length);
    }
    return Promise.resolve(texts.map((text) => this.count(text)));
  }
}

const RULES: ChunkingRules = { maxTokens: 30, overlap: 0, prefix: "", maxChunks: 100_000 };

async function chunk(text: string, rules: Partial<ChunkingRules> = {}): Promise<readonly string[]> {
  const [chunks] = await chunkTexts([text], new Counter(), { ...RULES, ...rules });
  if (chunks === undefined || chunks instanceof Error) throw chunks ?? new Error("no result");
  return chunks;
}

const word = fc.constantFrom(
  "of",
  "the",
  "planet",
  "is",
  "e.g.",
  "Dr.",
  "3.5",
  "Wald",
  "漢字漢字",
  "שלום",
  "👩‍👩‍👧",
  "né",
  "a".repeat(200),
);
const border = fc.constantFrom(" ", " ", " ", ". ", "! ", "\n", "\n\n", "\r\n\r\n", "   ", "");
const text = fc
  .array(
    fc.tuple(fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: fc.string({ unit: "binary" }) }), border),
    { maxLength: 120 },
  )
  .map((parts) => parts.flat().join("").trim())
  .filter((made) => made !== "");

const squeezed = (part: string) => part.replaceAll(/\s/g, "");

describe("chunkTexts", () => {
  it("loses nothing, keeps the order, and no chunk has more tokens than it may", async () => {
    const rules = fc.record({ maxTokens: fc.integer({ min: 12, max: 60 }), prefix: fc.constantFrom("", "passage: ") });
    await fc.assert(
      fc.asyncProperty(text, rules, async (of, some) => {
        const chunks = await chunk(of, some);
        expect(squeezed(chunks.join(""))).toBe(squeezed(of));
        const counter = new Counter();
        for (const part of chunks) expect(counter.count(some.prefix + part)).toBeLessThanOrEqual(some.maxTokens - 2);
        if (counter.count(some.prefix + of) <= some.maxTokens - 2) expect(chunks).toEqual([of]);
        else expect(chunks.every((part) => part !== "" && part === part.trim())).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("repeats no more than the overlap, begins each chunk in the one before or right behind it, and goes on", async () => {
    const words = fc.array(border, { minLength: 1, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(words, fc.integer({ min: 0, max: 14 }), async (borders, overlap) => {
        const of = borders.map((between, place) => `Row${place}${between}`).join("");
        const whole = squeezed(of);
        let done = 0;
        for (const part of (await chunk(of.trim(), { overlap })).map(squeezed)) {
          const start = whole.indexOf(part);
          expect(start).toBeGreaterThanOrEqual(0);
          expect(start).toBeLessThanOrEqual(done);
          expect(start + part.length).toBeGreaterThan(done);
          // Piece by piece; together they have a sixth more.
          expect(new Counter().count(whole.slice(start, done))).toBeLessThanOrEqual(overlap * (1 + 1 / 6));
          done = start + part.length;
        }
        expect(done).toBe(whole.length);
      }),
      { numRuns: 150 },
    );
  });

  it("gives a text the same chunks in any company, in a few calls for all", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (texts) => {
        const counter = new Counter();
        const together = await chunkTexts(texts, counter, RULES);
        expect(together).toEqual(await Promise.all(texts.map((one) => chunk(one))));
        expect(counter.calls).toBeLessThan(16);
      }),
      { numRuns: 40 },
    );
  });

  it("cuts at paragraphs, else at sentences, else at words, and never inside a character", async () => {
    const sentence = "One two six. ";
    const paragraphs = `${sentence.repeat(4)}\n\n${sentence.repeat(4)}`;
    expect(await chunk(paragraphs)).toEqual(Array(2).fill(sentence.repeat(4).trim()));
    const sentences = await chunk(sentence.repeat(40));
    expect(sentences.every((part) => part.endsWith("six."))).toBe(true);
    const words = await chunk("planet ".repeat(60));
    expect(words.every((part) => /^(planet ?)+$/.test(part))).toBe(true);
    for (const character of ["👩‍👩‍👧", "e\u0301\u0302\u0303\u0304"]) {
      const characters = await chunk(character.repeat(400));
      expect(characters.length).toBeGreaterThan(1);
      expect(characters.every((part) => part.replaceAll(character, "") === "")).toBe(true);
    }
  });

  it("finds sentences also where it reads on in the middle of one", () => {
    const text = "One two six. ".repeat(1000);
    expect([...sentencesOf(text)].map(({ start, end }) => text.slice(start, end))).toEqual(
      Array(1000).fill("One two six. "),
    );
  });

  it("begins the next chunk with the last sentences of the one before", async () => {
    const numbers = ["One", "Two", "Six", "Ten", "Red", "Tan", "Sea", "Sun"].map((name) => `${name} is here now.`);
    const chunks = await chunk(numbers.join(" "), { overlap: 10 });
    expect(chunks[1]?.startsWith(numbers[3] ?? "")).toBe(true);
    expect(chunks[0]?.endsWith(numbers[3] ?? "")).toBe(true);
  });

  it("takes what is huge or hostile in small bites, and no further than to too many chunks", async () => {
    const refused = /more than 50 chunks of 512 tokens hold: raise the index's chunking.maxChunks/;
    for (const [large, result] of [
      ["A planet. ".repeat(1e6), refused],
      ["x".repeat(10e6), refused],
      [`a${"\u0301".repeat(1e6)}`, refused],
      ["\ud800".repeat(1e6), refused],
      [`${" ".repeat(5e5)}x`, 1],
    ] as const) {
      const counter = new Counter();
      const [chunks] = await chunkTexts([large], counter, { ...RULES, maxTokens: 512, maxChunks: 50 });
      expect(counter.longest).toBeLessThan(60_000);
      expect(counter.counted).toBeLessThan(600_000);
      if (typeof result === "number") expect(chunks).toHaveLength(result);
      else expect(String(chunks)).toMatch(result);
    }
  });
});
