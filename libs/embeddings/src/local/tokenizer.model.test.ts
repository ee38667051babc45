import { modelFolder } from "@freshet/local-stack/testing";
import { AutoTokenizer, type PreTrainedTokenizer } from "@xenova/transformers";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openTokenizer, type Tokenizer } from "./tokenizer.js";

const PROSE = "The  committee's résumé (v2.0) met\non Tuesday — 漢字 and 🌲s; antidisestablishmentarianism!\t";
const MAX_TOKENS = 64;

describe("openTokenizer", () => {
  let tokenizer: Tokenizer;
  let reference: PreTrainedTokenizer;
  beforeAll(async () => {
    tokenizer = await openTokenizer(join(await modelFolder("q8"), "BAAI/bge-small-en-v1.5"), MAX_TOKENS);
    reference = await AutoTokenizer.from_pretrained("bge-small-en-v1.5", { local_files_only: true });
  });

  it("finds word by word what the whole text has", () => {
    expect(tokenizer.encode("don't panic")).toEqual([101, 2123, 1005, 1056, 6634, 102]);
    const whole = reference.encode(PROSE);
    expect(tokenizer.encode(PROSE)).toEqual(whole);
    expect(tokenizer.count(PROSE)).toBe(whole.length - 2);
    expect(tokenizer.count(PROSE.repeat(50))).toBe(50 * (whole.length - 2));
  });

  it.each([
    ["prose", PROSE.repeat(120_000), 26],
    ["one word", "a".repeat(10_000_000), 0],
    ["ideographs", "漢字".repeat(500_000), 1_000_000],
    ["emoji", "🌲".repeat(5_000_000), 0],
    ["lone surrogates", "\ud800 ".repeat(5_000_000), 0],
    ["nothing to see", " \u0000".repeat(5_000_000), 0],
  ])("counts and encodes a huge text of %s", { timeout: 60_000 }, (_, text, atLeast) => {
    expect(tokenizer.count(text)).toBeGreaterThanOrEqual(atLeast);
    const ids = tokenizer.encode(text);
    expect(ids.length).toBeLessThanOrEqual(MAX_TOKENS);
    expect([ids[0], ids.at(-1)]).toEqual([101, 102]);
  });

  it("reads as far as it must: the tokens of a long text are the first of all of it", () => {
    const wide = `${"internationalisation ".repeat(20)}${"\u0000".repeat(3000)}end ${"word ".repeat(100)}`;
    const words = wide.replaceAll("\u0000", "");
    expect(tokenizer.encode(wide)).toEqual(tokenizer.encode(words));
    expect(tokenizer.encode(wide)).toHaveLength(MAX_TOKENS);
  });
});
