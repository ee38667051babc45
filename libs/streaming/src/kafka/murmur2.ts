const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** The 32-bit hash that Kafka's Java clients take of a key (org.apache.kafka.common.utils.Utils.murmur2), signed as there. */
export function murmur2(data: Buffer): number {
  const { length } = data;
  const tail = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < tail; at += 4) {
    let word = Math.imul(data.readInt32LE(at), M);
    word = Math.imul(word ^ (word >>> R), M);
    hash = Math.imul(hash, M) ^ word;
  }
  if (tail < length) {
    for (let at = length - 1; at >= tail; at--) hash ^= data.readUInt8(at) << ((at - tail) * 8);
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** Where Kafka's default partitioner puts a key. */
export function partitionOf(key: Buffer | string, partitions: number): number {
  return (murmur2(typeof key === "string" ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}
