import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import type { Cisi } from "./cisi.js";
import { ndcg } from "./ndcg.js";

/** As many as the transformer embeds at once. */
const BATCH = 128;

export async function embedAll(
  model: EmbeddingModel,
  texts: readonly string[],
  kind: "document" | "query",
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += BATCH) {
    const embeddings = await model.embed(texts.slice(start, start + BATCH), kind);
    vectors.push(...embeddings.map(({ vector }) => vector));
  }
  return vectors;
}

export type JudgedQuery = Cisi["queries"][number];

/** The queries that have an answer. */
export function judgedQueries({ queries, relevant }: Cisi): JudgedQuery[] {
  return queries.filter(({ id }) => relevant.has(id));
}

/**
 * Mean nDCG@10 of the queries that have an answer.
 *
 * @param rank gives documents' ids, best first, for the judged query in this place.
 */
export async function meanNdcg(
  cisi: Cisi,
  rank: (query: JudgedQuery, place: number) => Promise<readonly string[]> | readonly string[],
): Promise<number> {
  const judged = judgedQueries(cisi);
  let sum = 0;
  for (const [place, query] of judged.entries()) {
    sum += ndcg([...new Set(await rank(query, place))], cisi.relevant.get(query.id) ?? new Set());
  }
  return sum / judged.length;
}

/** The places of the vectors, nearest first by inner product, each looked at. */
export function ranked(question: Float32Array, vectors: readonly Float32Array[]): number[] {
  return vectors
    .map((vector, place) => ({ place, score: dot(question, vector) }))
    .sort((a, b) => b.score - a.score)
    .map(({ place }) => place);
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
