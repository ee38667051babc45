import { modelFolder } from "@freshet/local-stack/testing";
import { expect, it, onTestFinished } from "vitest";
import { openLocalModel } from "../local/local-model.js";
import { chunkTexts } from "./chunk-texts.js";

const PARAGRAPH =
  "The desert planet Arrakis is the only source of the spice. Dr. Yueh, e.g., knew it: \u201cHe who controls it, wins!\u201d " +
  "Ein Wald voller Donaudampfschifffahrtsgesellschaften 🌲👩‍👩‍👧. 漢字漢字、你好世界。 שלום עולם! x\u0301y\u0302 3.14159 aGVsbG8gd29ybGQ=\n";
const WORDS = PARAGRAPH.split(" ");
const TEXTS = [
  "A short one.",
  Array.from({ length: 30 }, (_, i) => `${i}. ${PARAGRAPH}${i % 4 === 0 ? "\n" : ""}`).join(""),
  Array.from({ length: 3000 }, (_, i) => WORDS[(i * 7919) % WORDS.length]).join(" "),
  `Binary: ${Array.from({ length: 4000 }, (_, i) => String.fromCharCode((i * 7919) % 65_536)).join("")}`,
  "a".repeat(60_000),
];

const squeezed = (text: string) => text.replaceAll(/\s/g, "");

it("cuts no text so that the model would have to cut it again", async () => {
  const directory = await modelFolder("q8");
  const prefix = "passage: ";
  const model = await openLocalModel({
    ...{ name: "BAAI/bge-small-en-v1.5", dtype: "q8", queryPrefix: "", documentPrefix: prefix },
    ...{ directory, cacheDirectory: "" },
  });
  onTestFinished(() => model.close());
  for (const maxTokens of [32, 512]) {
    const rules = { maxTokens, overlap: 0, prefix, maxChunks: 10_000 };
    const chunked = await chunkTexts(TEXTS, model, rules);
    for (const [place, chunks] of chunked.entries()) {
      if (chunks instanceof Error) throw chunks;
      expect(squeezed(chunks.join(""))).toBe(squeezed(TEXTS[place] ?? ""));
      const counts = await model.countTokens(chunks.map((chunk) => prefix + chunk));
      expect(Math.max(...counts)).toBeLessThanOrEqual(maxTokens - 2);
    }
    const overlapping = await chunkTexts(TEXTS, model, { ...rules, overlap: Math.floor(maxTokens / 10) });
    expect(overlapping.map((chunks) => !(chunks instanceof Error) && chunks.length > 1)).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
  }
  // The model itself says how much of a chunk it sees: no more than it was given.
  const [, , long = []] = await chunkTexts(TEXTS, model, { maxTokens: 512, overlap: 0, prefix, maxChunks: 100 });
  if (long instanceof Error) throw long;
  const [embedding] = await model.embed([long[0] ?? ""], "document");
  expect(embedding?.tokens).toBeGreaterThan(256);
  expect(embedding?.tokens).toBeLessThanOrEqual(512);
});
