/**
 * The format of snappy-java's SnappyOutputStream, which Kafka took over: magic, version and the oldest version that may
 * read it, then blocks, each behind its length.
 * https://github.com/xerial/snappy-java/blob/master/src/main/java/org/xerial/snappy/SnappyCodec.java
 */
const MAGIC = Buffer.from("\x82SNAPPY\0", "latin1");
const HEADER = Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const LENGTH_BYTES = 4;
/** Before compression, as there. */
const BLOCK_BYTES = 32 * 1024;

/** What is to be compressed, block by block. */
export function snappyBlocks(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / BLOCK_BYTES);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES));
}

export function frameBlocks(blocks: readonly Buffer[]): Buffer {
  return Buffer.concat([HEADER, ...blocks.flatMap((block) => [lengthOf(block), block])]);
}

/**
 * The compressed blocks; librdkafka sends a single one without a frame.
 *
 * @throws {RangeError} when the frame is cut off.
 */
export function framedBlocks(framed: Buffer): Buffer[] {
  if (!framed.subarray(0, MAGIC.length).equals(MAGIC)) return [framed];
  const blocks: Buffer[] = [];
  for (let at = HEADER.length; at < framed.length;) {
    const start = at + LENGTH_BYTES;
    at = start + framed.readInt32BE(at);
    if (at < start || at > framed.length) throw new RangeError("A record batch's snappy frame is cut off.");
    blocks.push(framed.subarray(start, at));
  }
  return blocks;
}

function lengthOf(block: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(block.length);
  return length;
}
