import { chunkTexts } from "@freshet/embeddings/chunking/chunk-texts";
import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { prepareModel } from "@freshet/local-stack/model";
import type { BenchOptions, Figure } from "../report.js";
import type { Cisi } from "./cisi.js";
import { embedAll, judgedQueries, meanNdcg, ranked } from "./ranking.js";
import { openBenchModel } from "./speed.js";

/** What embedding one text at a time gives, without chunks, and how far batches may be from it. */
const REFERENCES = [
  { dtype: "fp32", reference: 0.4297, tolerance: 0.002 },
  { dtype: "q8", reference: 0.4333, tolerance: 0.01 },
] as const;
const CHUNKS = { maxTokens: 256, overlap: 32, maxChunks: 10_000 };

type Cut = (texts: readonly string[]) => Promise<readonly (readonly string[])[]>;

/** Search in CISI with each precision of the model, without chunks and with them. */
export async function measureQuality(cisi: Cisi, { quick, onProgress }: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { dtype, reference, tolerance } of REFERENCES) {
    const model = await openBenchModel(await prepareModel({ dtype, onProgress }), dtype);
    const whole = await searchQuality(model, cisi, (texts) => Promise.resolve(texts.map((text) => [text])));
    const chunked = await searchQuality(model, cisi, chunksFor(model));
    await model.close();
    onProgress(`Search quality, ${dtype}: ${whole.toFixed(4)}, with chunks ${chunked.toFixed(4)}`);
    const name = `CISI nDCG@10, ${dtype}`;
    figures.push(
      {
        ...{ metric: `${name}, limit: one at a time`, unit: "", values: [whole], limit: reference },
        ...(quick ? {} : { aim: { atLeast: (reference - tolerance) / reference } }),
      },
      { metric: `${name}, chunks of ${CHUNKS.maxTokens}`, unit: "", values: [chunked], limit: reference },
    );
  }
  return figures;
}

function chunksFor(model: EmbeddingModel): Cut {
  return async (texts) => {
    const chunks = await chunkTexts(texts, model, { ...CHUNKS, prefix: model.prefix("document") });
    return chunks.map((of) => {
      if (of instanceof Error) throw of;
      return of;
    });
  };
}

/**
 * By exact search.
 *
 * @param cut makes chunks of the texts; the best of a document's counts.
 */
async function searchQuality(model: EmbeddingModel, cisi: Cisi, cut: Cut): Promise<number> {
  const { documents } = cisi;
  const chunks = await cut(documents.map(({ text }) => text));
  const ids = chunks.flatMap((of, place) => of.map(() => documents[place]?.id ?? ""));
  const vectors = await embedAll(model, chunks.flat(), "document");
  const questions = await embedAll(
    model,
    judgedQueries(cisi).map(({ text }) => text),
    "query",
  );
  return meanNdcg(cisi, (_, place) =>
    ranked(questions[place] ?? new Float32Array(), vectors).map((found) => ids[found] ?? ""),
  );
}
