import { openModel } from "@freshet/embeddings/open-model";
import { randomSource } from "@freshet/local-stack/random";
import { modelFolder } from "@freshet/local-stack/testing";
import { expect, it, onTestFinished } from "vitest";
import { foreignVector, isNear, type Embed } from "./foreign-vector.js";

const ODD = [
  "a",
  "0",
  "!!!",
  "N/A",
  "???",
  "the the",
  "12345",
  "äöü",
  "你好",
  "null",
  "A1-B2/C3",
  "☃",
  "I",
  "....",
  "Ж",
];
const LONG = "The river runs past the garden, the market and the bridge, and the letters of the winter";

async function openEmbed(): Promise<Embed> {
  const modelDirectory = await modelFolder("q8");
  const model = await openModel(
    { provider: "local", name: "BAAI/bge-small-en-v1.5", dtype: "q8" },
    { modelDirectory, modelCache: modelDirectory },
  );
  onTestFinished(() => model.close());
  return async (texts) => (await model.embed(texts, "document")).map(({ vector }) => vector);
}

it("takes no vector for another text's because of the texts that it was made with, and tells those of other texts", async () => {
  const embed = await openEmbed();
  const random = randomSource(1);
  const pick = (size: number) => Math.floor(random() * size);
  const odd = () => Array.from({ length: 1 + pick(4) }, () => ODD[pick(ODD.length)]).join(" ");
  const texts = [...new Set(Array.from({ length: 32 }, (_, place) => (place % 4 ? odd() : `${LONG} ${place}`)))];
  const shuffled = () => texts.map((text) => ({ text, place: random() })).toSorted((a, b) => a.place - b.place);

  let apart = 0;
  for (let round = 0; round < 4; round += 1) {
    const batch = shuffled().map(({ text }) => text);
    const [vectors, again] = [await embed(batch), await embed(batch.slice(0, 8))];
    for (const [place, text] of batch.entries()) {
      const vector = vectors[place] ?? new Float32Array();
      if (place < 8 && !isNear(vector, again[place])) apart += 1;
      expect(await foreignVector({ vector, text, chunk: 0 }, embed), text).toBeNull();
      if (round > 0 || place > 8) continue;
      const unlike = batch.findIndex((other) => other.startsWith(LONG) !== text.startsWith(LONG));
      const other = vectors[unlike] ?? new Float32Array();
      expect(await foreignVector({ vector: other, text, chunk: 3 }, embed), text).toMatchObject({ chunk: 3 });
    }
  }
  // Else nothing has been tried.
  expect(apart).toBeGreaterThan(0);
});
