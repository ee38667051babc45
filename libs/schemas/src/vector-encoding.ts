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
  // Memory of its own: of Node's pool it needn't be aligned to four bytes, and a worker would be sent the whole pool.
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, "base64"));
  const length = bytes.write(text, "base64");
  if (length === 0 || length % FLOAT_BYTES !== 0) {
    throw new RangeError(`a vector of ${length} bytes is not a list of float32 values`);
  }
  if (!LITTLE_ENDIAN) bytes.subarray(0, length).swap32();
  // White space in the text makes it shorter than it looked.
  const { buffer } = bytes;
  return new Float32Array(length === buffer.byteLength ? buffer : buffer.slice(0, length));
}
