import { createHash } from "node:crypto";

/** LMDB takes no key of more than 1,978 bytes. */
const MAX_BYTES = 1900;
const HASH_BYTES = 32;

/**
 * Where a row stands in the order of keys: the bytes of its key. A very long key is cut, and a hash of it all keeps it
 * apart from others that begin alike; they still have one order for ever.
 *
 * @param key as `encodeRowKey` writes it.
 */
export function placeOf(key: string): Buffer {
  const bytes = Buffer.from(key);
  if (bytes.length <= MAX_BYTES) return bytes;
  return Buffer.concat([bytes.subarray(0, MAX_BYTES - HASH_BYTES), createHash("sha256").update(bytes).digest()]);
}
