import type { Alteration } from "./alteration.js";

/** Embeds texts as documents. */
export type Embed = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

/** A vector that is nearer than this to one of its text's is the text's, whatever the model. */
const LEAST_COSINE = 0.99;

/**
 * A dynamically quantised model rounds by the largest number in the batch, so a text's vector depends on its company.
 * Of bge-small-en-v1.5 in 8 bits the same text's vectors in two companies have a cosine of 0.997 at the median; of ordinary
 * sentences 0.992 at least, of short odd texts 0.936. So no one bound is right for every text.
 */
const COMPANIONS = ["a", "!!!", "你好 Ж ☃", "0 1 2 3 4 5 6 7 8 9", "the the the the", "http://x.y/z?q=1", "Freshet"];
/** A companion has about the text's length: a model may batch by that. Of a long text its beginning does, and isn't refused. */
const COMPANION_LENGTH = 1_000;

/**
 * A foreign vector is more than so many times as far from the nearest of the text's own as those are from each other. In
 * 25,000 trials with that model, of sentences, titles, odd and mixed texts in batches of up to 150, a text's own vector came
 * to 1.5 times; another text's to 3.8 at least, and to 30 and more at the median.
 */
const MARGIN = 2;

/** Whether the vector may be the text's, when all that is known is one that was made with other texts. */
export function isNear(vector: Float32Array, own: Float32Array | undefined): boolean {
  return own !== undefined && cosine(vector, own) >= LEAST_COSINE;
}

/**
 * How a chunk's vector isn't its text's: it is far from what the model makes of the text, alone and in several companies, and
 * further than those are from each other. Null when it may be the text's.
 */
export async function foreignVector(
  { vector, text, chunk }: { readonly vector: Float32Array; readonly text: string; readonly chunk: number },
  embed: Embed,
): Promise<Alteration | null> {
  const own: Float32Array[] = [];
  let [nearest, furthestApart] = [-1, 1];
  const companies = [[], ...COMPANIONS.map((companion) => [`${companion} ${text.slice(0, COMPANION_LENGTH)}`])];
  for (const company of companies) {
    const [made] = await embed([text, ...company]);
    if (made === undefined) continue;
    nearest = Math.max(nearest, cosine(vector, made));
    if (nearest >= LEAST_COSINE) return null;
    furthestApart = Math.min(furthestApart, ...own.map((other) => cosine(other, made)));
    own.push(made);
  }
  if (1 - nearest <= MARGIN * (1 - furthestApart)) return null;
  return { part: "vector", chunk, cosine: nearest, ownCosine: furthestApart };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, ofA, ofB] = [0, 0, 0];
  for (const [place, value] of a.entries()) {
    const other = b[place] ?? 0;
    dot += value * other;
    ofA += value * value;
    ofB += other * other;
  }
  return ofA === 0 || ofB === 0 ? 0 : dot / Math.sqrt(ofA * ofB);
}
