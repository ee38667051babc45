import { endianness } from "node:os";

const LITTLE_ENDIAN = endianness() === "LE";
const FLOAT_BYTES = 4;

/** As little-endian float32; without a copy where this machine has them so. */
export function writeVector(vector: Float32Array): Buffer {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32();
}

/** @throws {RangeError} when the bytes aren't whole float32 values. */
export function readVector(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % FLOAT_BYTES !== 0) {
    throw new RangeError(`a vector of ${bytes.byteLength} bytes is not a list of float32 values`);
  }
  // A copy: what comes from a message is not aligned, and would keep all of the message alive.
  const copy = Uint8Array.from(bytes);
  if (!LITTLE_ENDIAN) Buffer.from(copy.buffer).swap32();
  return new Float32Array(copy.buffer);
}
