import { endianness } from "node:os";

const LITTLE_ENDIAN = endianness() === "LE";
const FLOAT_BYTES = 4;

/** Base64 of little-endian float32: 2 kB instead of 8 kB of digits at 384 dimensions, and nothing lost. */
export function encodeVector(vector: Float32Array): string {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return LITTLE_ENDIAN ? bytes.toString("base64") : Buffer.from(bytes).swap32().toString("base64");
}

/** @throws {RangeError} when the bytes aren't whole float32 values. */
export function decodeVector(text: string): Float32Array {
  // A copy, because Buffers from the pool needn't be aligned to four bytes.
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  if (bytes.byteLength === 0 || bytes.byteLength % FLOAT_BYTES !== 0) {
    throw new RangeError(`a vector of ${bytes.byteLength} bytes is not a list of float32 values`);
  }
  if (!LITTLE_ENDIAN) Buffer.from(bytes.buffer).swap32();
  return new Float32Array(bytes.buffer);
}
