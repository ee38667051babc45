import { InferenceSession, Tensor } from "onnxruntime-node";
import { poolBatch, type Pooling } from "./pooling.js";

export interface InferenceOptions {
  readonly onnxFile: string;
  readonly dimensions: number;
  readonly pooling: Pooling;
  readonly padTokenId: number;
  readonly threads?: number | undefined;
}

/** Runs one batch of token ids at a time through the model; blocks its thread meanwhile. */
export class Inference {
  readonly #session: InferenceSession;
  readonly #options: InferenceOptions;

  private constructor(session: InferenceSession, options: InferenceOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** @throws {Error} when the file is no ONNX model. */
  static async open(options: InferenceOptions): Promise<Inference> {
    const session = await InferenceSession.create(options.onnxFile, {
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      // Warnings about the graph are for its authors, and errors are thrown.
      logSeverityLevel: 4,
    });
    return new Inference(session, options);
  }

  /** One normalised vector for each text. @throws {Error} when the model's output isn't what its configuration says. */
  async run(batch: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const { dimensions, pooling } = this.#options;
    const width = Math.max(...batch.map((ids) => ids.length));
    const { last_hidden_state: output } = await this.#session.run(this.#inputs(batch, width));
    const expected = [batch.length, width, dimensions];
    if (!(output?.data instanceof Float32Array) || output.dims.join() !== expected.join()) {
      throw new Error(
        `the model gave last_hidden_state [${output?.dims.join() ?? "nothing"}], not [${expected.join()}]`,
      );
    }
    const lengths = batch.map((ids) => ids.length);
    return poolBatch({ data: output.data, width, dimensions }, lengths, pooling);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  #inputs(batch: readonly (readonly number[])[], width: number): Record<string, Tensor> {
    const ids = new BigInt64Array(batch.length * width).fill(BigInt(this.#options.padTokenId));
    const mask = new BigInt64Array(batch.length * width);
    batch.forEach((text, row) => {
      text.forEach((id, column) => (ids[row * width + column] = BigInt(id)));
      mask.fill(1n, row * width, row * width + text.length);
    });
    const shape = [batch.length, width];
    const inputs: Record<string, Tensor> = {
      input_ids: new Tensor("int64", ids, shape),
      attention_mask: new Tensor("int64", mask, shape),
    };
    // Not every family has it.
    if (this.#session.inputNames.includes("token_type_ids")) {
      inputs["token_type_ids"] = new Tensor("int64", new BigInt64Array(ids.length), shape);
    }
    return inputs;
  }
}
