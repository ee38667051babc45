import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { planBatches } from "@freshet/embeddings/local/batch-plan";
import { BATCH_LIMITS } from "@freshet/embeddings/local/onnx-embedder";
import { quantile, type Figure } from "../report.js";
import { BareLoop } from "./bare-loop.js";
import type { Fastembed } from "./fastembed.js";

/** As many texts as the transformer gives the model at once. */
const CALL = 128;

export interface Throughput {
  readonly model: EmbeddingModel;
  readonly onnxFile: string;
  readonly texts: readonly string[];
  /** What the model sees of each text. */
  readonly tokens: readonly (readonly number[])[];
  /** Null when it can't be had. */
  readonly fastembed: Fastembed | null;
  readonly runs: number;
  /** How many texts the best settings of the others are looked for with. */
  readonly sample: number;
  readonly onProgress: (message: string) => void;
}

/** The same texts through our model, a bare loop and fastembed, in turn. */
export async function measureThroughput(options: Throughput): Promise<Figure[]> {
  const { model, texts, tokens, fastembed, runs, sample, onProgress } = options;
  const bare = await BareLoop.best(options.onnxFile, tokens.slice(0, sample), 2);
  const batch = (await fastembed?.bestBatch(texts.slice(0, sample), 2)) ?? 0;
  const ours: number[] = [];
  const limits: number[] = [];
  const others: number[] = [];
  const perSecond = (ms: number) => (texts.length / ms) * 1000;
  await embedAll(model, texts.slice(0, sample));
  for (let run = 1; run <= runs; run++) {
    limits.push(perSecond(await bare.run(tokens)));
    ours.push(perSecond(await embedAll(model, texts)));
    if (fastembed) others.push(perSecond((await fastembed.embed(texts, batch)).seconds * 1000));
    onProgress(
      `Throughput ${run}: ${[ours, limits, others].map((values) => Math.round(values.at(-1) ?? 0)).join(", ")} texts/s ` +
        `(local, bare loop, fastembed)`,
    );
  }
  await bare.close();
  const tokensPerText = tokens.reduce((sum, ids) => sum + ids.length, 0) / texts.length;
  const { setting } = bare;
  const limit = quantile(limits, 0.5);
  return [
    { metric: "texts", unit: "texts/s", values: ours, limit, aim: { atLeast: 0.95 } },
    {
      metric: "tokens",
      unit: "tokens/s",
      values: ours.map((rate) => rate * tokensPerText),
      limit: limit * tokensPerText,
    },
    { metric: `bare loop, ${setting.batch} at a time, ${setting.threads} thread(s)`, unit: "texts/s", values: limits },
    ...(fastembed === null
      ? []
      : [
          {
            metric: "texts, limit: fastembed",
            unit: "texts/s",
            values: ours,
            limit: quantile(others, 0.5),
            aim: { atLeast: 1.5 },
          },
          { metric: `fastembed, ${batch} at a time`, unit: "texts/s", values: others },
        ]),
    { metric: "padding of all that is computed", unit: "%", values: [100 * paddingShare(tokens)], aim: { atMost: 5 } },
  ];
}

/** In ms. */
async function embedAll(model: EmbeddingModel, texts: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  for (let start = 0; start < texts.length; start += CALL) {
    await model.embed(texts.slice(start, start + CALL), "document");
  }
  return performance.now() - startedAt;
}

function paddingShare(tokens: readonly (readonly number[])[]): number {
  let computed = 0;
  let useful = 0;
  for (let start = 0; start < tokens.length; start += CALL) {
    const lengths = tokens.slice(start, start + CALL).map((ids) => ids.length);
    for (const places of planBatches(lengths, BATCH_LIMITS)) {
      const batch = places.map((place) => lengths[place] ?? 0);
      computed += batch.length * Math.max(...batch);
      useful += batch.reduce((sum, length) => sum + length, 0);
    }
  }
  return 1 - useful / computed;
}
