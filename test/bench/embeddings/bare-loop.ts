import { openTokenizer } from "@freshet/embeddings/local/tokenizer";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { availableParallelism } from "node:os";

/** How a loop around the runtime may be set. */
export interface LoopSetting {
  readonly batch: number;
  readonly threads: number;
}

const BATCHES = [1, 2, 4, 8, 16, 32];

/**
 * The runtime alone on one thread of JavaScript: texts that are tokens already, sorted by length, in batches of equal
 * size. What has to be done to a model's answer is left out.
 */
export class BareLoop {
  readonly setting: LoopSetting;
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession, setting: LoopSetting) {
    this.#session = session;
    this.setting = setting;
  }

  static async open(onnxFile: string, setting: LoopSetting): Promise<BareLoop> {
    const session = await InferenceSession.create(onnxFile, {
      intraOpNumThreads: setting.threads,
      logSeverityLevel: 3,
    });
    return new BareLoop(session, setting);
  }

  /** The fastest of all settings on a sample. */
  static async best(onnxFile: string, sample: readonly (readonly number[])[], runs: number): Promise<BareLoop> {
    const threads = [...new Set([1, availableParallelism()])];
    let best: { readonly ms: number; readonly setting: LoopSetting } | undefined;
    for (const setting of threads.flatMap((count) => BATCHES.map((batch) => ({ batch, threads: count })))) {
      const loop = await BareLoop.open(onnxFile, setting);
      await loop.run(sample.slice(0, setting.batch));
      for (let run = 0; run < runs; run++) {
        const ms = await loop.run(sample);
        if (ms < (best?.ms ?? Infinity)) best = { ms, setting };
      }
      await loop.close();
    }
    return BareLoop.open(onnxFile, best?.setting ?? { batch: 1, threads: 1 });
  }

  /** In ms. */
  async run(texts: readonly (readonly number[])[]): Promise<number> {
    const sorted = texts.toSorted((a, b) => a.length - b.length);
    const { batch } = this.setting;
    const startedAt = performance.now();
    for (let start = 0; start < sorted.length; start += batch) {
      await this.#session.run(inputs(sorted.slice(start, start + batch)));
    }
    return performance.now() - startedAt;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function inputs(batch: readonly (readonly number[])[]): Record<string, Tensor> {
  const width = Math.max(...batch.map((ids) => ids.length));
  const ids = new BigInt64Array(batch.length * width);
  const mask = new BigInt64Array(batch.length * width);
  batch.forEach((text, row) => {
    ids.set(text.map(BigInt), row * width);
    mask.fill(1n, row * width, row * width + text.length);
  });
  const tensor = (data: BigInt64Array) => new Tensor("int64", data, [batch.length, width]);
  return {
    input_ids: tensor(ids),
    attention_mask: tensor(mask),
    token_type_ids: tensor(new BigInt64Array(ids.length)),
  };
}

export async function tokenise(
  folder: string,
  texts: readonly string[],
  maxTokens: number,
): Promise<(readonly number[])[]> {
  const tokenizer = await openTokenizer(folder, maxTokens);
  return texts.map((text) => tokenizer.encode(text));
}
