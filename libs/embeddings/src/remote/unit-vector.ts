import { ModelMisconfiguredError, WrongVectorsError } from "./errors.js";

interface NamedDimensions {
  /** Of the model. */
  readonly name: string;
  readonly dimensions: number;
}

/** Farther from 1 than float32 arithmetic explains. */
const TOLERANCE = 1e-4;

/**
 * A provider's vector with length 1: servers differ in whether they normalise, and only the direction has a meaning.
 *
 * @throws {ModelMisconfiguredError} when it has another dimension. @throws {WrongVectorsError} when it has no direction.
 */
export function unitVector(vector: Float32Array, { name, dimensions }: NamedDimensions): Float32Array {
  if (vector.length !== dimensions) {
    throw new ModelMisconfiguredError(
      `The model ${name} gives vectors of ${vector.length} dimensions, and ${dimensions} are configured: ` +
        "set dimensions to what the model gives, or, of a model that can shorten its vectors, have it do so.",
    );
  }
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  if (!(length > 0 && Number.isFinite(length))) {
    throw new WrongVectorsError(
      `The model ${name} gave a vector without a direction: zeros, or what is no finite number.`,
    );
  }
  return Math.abs(length - 1) < TOLERANCE ? vector : vector.map((x) => x / length);
}
