import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { quantile, type Figure } from "../report.js";
import { BareLoop } from "./bare-loop.js";

/** One text at a time, through our model and by an inference alone, in turn. */
export async function measureSingleText(options: {
  readonly model: EmbeddingModel;
  readonly onnxFile: string;
  readonly threads: number;
  readonly texts: readonly string[];
  readonly tokens: readonly (readonly number[])[];
}): Promise<Figure> {
  const { model, onnxFile, threads, texts, tokens } = options;
  const bare = await BareLoop.open(onnxFile, { batch: 1, threads });
  const through: number[] = [];
  const alone: number[] = [];
  for (const [i, text] of texts.entries()) {
    alone.push(await bare.run([tokens[i] ?? []]));
    const startedAt = performance.now();
    await model.embed([text], "document");
    through.push(performance.now() - startedAt);
  }
  await bare.close();
  return { metric: "one text p50", unit: "ms", values: [quantile(through, 0.5)], limit: quantile(alone, 0.5) };
}
