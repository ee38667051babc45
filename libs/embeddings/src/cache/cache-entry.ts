import { endianness } from "node:os";
import { crc32 } from "node:zlib";
import type { Embedding } from "../embedding-model.js";

/** Checksum and tokens, uint32 each; the vector's float32 values follow. All little-endian. */
const HEADER_BYTES = 8;
const FLOAT_BYTES = 4;
const LITTLE_ENDIAN = endianness() === "LE";

export function encodeEntry(textHash: string, { vector, tokens }: Embedding): Buffer {
  const entry = Buffer.alloc(HEADER_BYTES + vector.byteLength);
  entry.writeUInt32LE(tokens, 4);
  entry.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), HEADER_BYTES);
  if (!LITTLE_ENDIAN) entry.subarray(HEADER_BYTES).swap32();
  entry.writeUInt32LE(checksum(textHash, entry), 0);
  return entry;
}

/** Null for anything but a whole entry of this very text. The entry's bytes aren't kept. */
export function decodeEntry(textHash: string, entry: Buffer): Embedding | null {
  // Not byteLength: what lmdb reads into is larger.
  const length = entry.length - HEADER_BYTES;
  if (length <= 0 || length % FLOAT_BYTES !== 0) return null;
  if (entry.readUInt32LE(0) !== checksum(textHash, entry)) return null;
  const bytes = new Uint8Array(length);
  bytes.set(entry.subarray(HEADER_BYTES));
  if (!LITTLE_ENDIAN) Buffer.from(bytes.buffer).swap32();
  return { vector: new Float32Array(bytes.buffer), tokens: entry.readUInt32LE(4) };
}

function checksum(textHash: string, entry: Buffer): number {
  return crc32(entry.subarray(4), crc32(textHash));
}
