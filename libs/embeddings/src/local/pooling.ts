/** How the vectors of a text's tokens become one. */
export type Pooling = "cls" | "mean";

/** The model's output for a batch: for each text `width` tokens of `dimensions` floats; padding comes last. */
export interface HiddenState {
  readonly data: Float32Array;
  readonly width: number;
  readonly dimensions: number;
}

/**
 * One vector of length 1 for each text.
 *
 * @param lengths how many tokens of each text are no padding.
 */
export function poolBatch(hidden: HiddenState, lengths: readonly number[], pooling: Pooling): Float32Array[] {
  return lengths.map((length, row) => {
    const first = row * hidden.width * hidden.dimensions;
    switch (pooling) {
      case "cls":
        return normalised(hidden.data.slice(first, first + hidden.dimensions));
      case "mean":
        return normalised(sumOfTokens(hidden, first, length));
      default:
        return pooling satisfies never;
    }
  });
}

/** The sum points where the mean does; the length is set to 1 afterwards. */
function sumOfTokens({ data, dimensions }: HiddenState, first: number, tokens: number): Float32Array {
  const sum = new Float32Array(dimensions);
  for (let token = 0; token < tokens; token++) {
    const start = first + token * dimensions;
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + (data[start + i] ?? 0);
  }
  return sum;
}

function normalised(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  if (!(length > 0 && Number.isFinite(length))) throw new RangeError("the model gave a vector without a direction");
  return vector.map((x) => x / length);
}
