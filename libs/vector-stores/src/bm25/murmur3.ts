const encoder = new TextEncoder();

/** MurmurHash3 (x86, 32 bits, seed 0) of the text as UTF-8. */
export function murmur3(text: string): number {
  const bytes = encoder.encode(text);
  const tail = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < tail; at += 4) {
    const block =
      byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    hash ^= scrambled(block);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (tail < bytes.length) {
    hash ^= scrambled(byte(bytes, tail) | (byte(bytes, tail + 1) << 8) | (byte(bytes, tail + 2) << 16));
  }
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Zero beyond the end. */
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function scrambled(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
