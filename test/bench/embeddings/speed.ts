import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { openModel } from "@freshet/embeddings/open-model";
import { MODEL_JARS, MODEL_NAME, type Dtype } from "@freshet/local-stack/model-files";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Figure } from "../report.js";
import { tokenise } from "./bare-loop.js";
import { Fastembed } from "./fastembed.js";
import { measureSingleText } from "./single-text.js";
import { mixedTexts } from "./texts.js";
import { measureThroughput } from "./throughput.js";

/** Of our model and of fastembed. */
export const THREADS = availableParallelism();

export interface Speed {
  readonly modelDirectory: string;
  readonly dtype: Dtype;
  readonly data: string | null;
  readonly texts: number;
  readonly sample: number;
  readonly single: number;
  readonly runs: number;
  readonly onProgress: (message: string) => void;
}

export interface SpeedFigures {
  readonly figures: readonly Figure[];
  /** Of one text alone, in ms. */
  readonly inferenceMs: number;
  /** What couldn't be measured, and why. */
  readonly skipped: string | null;
}

export async function measureSpeed(options: Speed): Promise<SpeedFigures> {
  const { modelDirectory, dtype, single, onProgress } = options;
  const folder = join(modelDirectory, MODEL_NAME);
  const onnx = MODEL_JARS[dtype].files.at(-1)?.destination ?? "";
  const texts = mixedTexts(options.data, options.texts);
  const model = await openBenchModel(modelDirectory, dtype);
  const fastembed = await Fastembed.open({ folder, onnxFile: onnx, threads: THREADS }, onProgress).catch(
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  try {
    if (!(fastembed instanceof Error)) await checkSameVectors(model, fastembed, texts[0] ?? "");
    const tokens = await tokenise(folder, texts, model.maxTokens);
    const common = { model, onnxFile: join(folder, onnx), texts, tokens };
    const other = fastembed instanceof Error ? null : fastembed;
    const throughput = await measureThroughput({ ...common, ...options, texts, fastembed: other });
    const short = { texts: texts.slice(0, single), tokens: tokens.slice(0, single) };
    const one = await measureSingleText({ ...common, ...short, threads: THREADS });
    return {
      figures: [...throughput, one],
      inferenceMs: one.limit ?? Number.NaN,
      skipped: fastembed instanceof Error ? `fastembed (${fastembed.message.trim().split("\n").at(-1) ?? ""})` : null,
    };
  } finally {
    if (!(fastembed instanceof Error)) await fastembed.close();
    await model.close();
  }
}

/** A comparison of two models would be none. */
async function checkSameVectors(model: EmbeddingModel, fastembed: Fastembed, text: string): Promise<void> {
  const [ours] = await model.embed([text], "document");
  const { vector } = await fastembed.embed([text], 1);
  const cosine = vector.reduce((sum, x, i) => sum + x * (ours?.vector[i] ?? Number.NaN), 0);
  if (!(cosine > 0.99)) throw new Error(`fastembed gives another vector than our model: their cosine is ${cosine}.`);
}

export function openBenchModel(modelDirectory: string, dtype: Dtype): Promise<EmbeddingModel> {
  const settings = { provider: "local", name: MODEL_NAME, dtype, threads: THREADS } as const;
  return openModel(settings, { modelDirectory, modelCache: modelDirectory });
}
