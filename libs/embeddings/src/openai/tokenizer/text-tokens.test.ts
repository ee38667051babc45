import { toUSVString } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countTokens, cutToTokens } from "./text-tokens.js";

/** Words, and each two letters of a word. */
const count = (text: string) => (text.match(/\S{1,2}/gu) ?? []).length;

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc
    .array(fc.constantFrom("a ", "word ", "\n\n", "漢字", "🌲", "x".repeat(300), " ".repeat(5000)), { maxLength: 40 })
    .map((parts) => parts.join("")),
);

describe("countTokens", () => {
  it("counts a long text as its pieces at white space together", () => {
    const text = "fresh words in a row ".repeat(5000);
    expect(countTokens(text, count)).toBe(count(text));
  });

  it("never hands a tokenizer more than it can take", () => {
    fc.assert(
      fc.property(texts, (text) => {
        let seen = "";
        countTokens(text, (piece) => {
          expect(piece.length).toBeLessThanOrEqual(4096);
          expect(/\S{257}/u.test(piece)).toBe(false);
          expect(piece.length).toBeGreaterThan(0);
          seen += piece;
          return 0;
        });
        expect(seen).toBe(text);
      }),
    );
  });
});

describe("cutToTokens", () => {
  it("keeps as much of the beginning as fits, and no half of a character", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 200 }), (text, maxTokens) => {
        const { length, tokens } = cutToTokens(text, maxTokens, count);
        const kept = text.slice(0, length);
        expect(tokens).toBeLessThanOrEqual(maxTokens);
        expect(countTokens(kept, count)).toBeLessThanOrEqual(maxTokens + 1);
        if (countTokens(text, count) <= maxTokens && text.length <= maxTokens * 100) expect(kept).toBe(text);
        if (toUSVString(text) === text) expect(toUSVString(kept)).toBe(kept);
      }),
    );
  });
});
