import { endianness } from "node:os";

/*
 * pgvector's binary form: half as many bytes as text, and nothing is rounded or parsed. Big-endian, as everything in
 * the protocol. https://github.com/pgvector/pgvector/blob/master/src/vector.c (vector_recv)
 */
const VECTOR_HEADER = 4;
const FLOAT = 4;
/** Dimensions (1), no nulls, the elements' type, how many, the first one's number (1). */
const ARRAY_HEADER = 5 * 4;
const ELEMENT_LENGTH = 4;

/** A parameter of type `vector`. */
export function binaryVector(vector: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(vectorBytes(vector));
  writeVector(bytes, vector, 0);
  return bytes;
}

/** A parameter of type `vector[]`; `oid` is that of the type `vector`, which each database has its own of. */
export function binaryVectors(vectors: readonly Float32Array[], oid: number): Buffer {
  const size = vectors.reduce((sum, vector) => sum + ELEMENT_LENGTH + vectorBytes(vector), ARRAY_HEADER);
  const bytes = Buffer.allocUnsafe(size);
  for (const [place, part] of [1, 0, oid, vectors.length, 1].entries()) bytes.writeUInt32BE(part, place * 4);
  let offset = ARRAY_HEADER;
  for (const vector of vectors) {
    bytes.writeUInt32BE(vectorBytes(vector), offset);
    offset = writeVector(bytes, vector, offset + ELEMENT_LENGTH);
  }
  return bytes;
}

function vectorBytes(vector: Float32Array): number {
  return VECTOR_HEADER + vector.length * FLOAT;
}

function writeVector(bytes: Buffer, vector: Float32Array, start: number): number {
  bytes.writeUInt16BE(vector.length, start);
  bytes.writeUInt16BE(0, start + 2);
  const first = start + VECTOR_HEADER;
  const parts = bytes.subarray(first, first + vector.byteLength);
  parts.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  // Many times faster than writing one after the other.
  if (endianness() === "LE") parts.swap32();
  return first + vector.byteLength;
}
