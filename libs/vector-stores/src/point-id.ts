import { hash } from "node:crypto";

/** Names Freshet's points among all UUIDs of version 5; never changes. */
const NAMESPACE = Buffer.from("6f1b7c526d3f5a0e9f0b0d8f5f5f7a11", "hex");

/** By the two bits that UUIDs of version 5 leave of their 17th hexadecimal digit. */
const VARIANT = "89ab";

/**
 * A UUID of version 5 (RFC 9562, 5.5).
 *
 * @param key the row's key as `encodeRowKey` writes it.
 */
export function pointId(index: string, key: string, chunk: number): string {
  const name = `${index}|${key}|${chunk}`;
  const bytes = Buffer.allocUnsafe(NAMESPACE.length + Buffer.byteLength(name));
  NAMESPACE.copy(bytes);
  bytes.write(name, NAMESPACE.length);
  const sha1 = hash("sha1", bytes);
  const variant = VARIANT.charAt(parseInt(sha1.charAt(16), 16) & 3);
  const start = `${sha1.slice(0, 8)}-${sha1.slice(8, 12)}-5${sha1.slice(13, 16)}`;
  return `${start}-${variant}${sha1.slice(17, 20)}-${sha1.slice(20, 32)}`;
}
