import { type CompressionCodec, optionalPackage } from "./compression-codec.js";
import { frameBlocks, framedBlocks, snappyBlocks } from "./snappy-framing.js";

const load = () => optionalPackage("snappy", () => import("snappy"));

/** Written as Kafka's Java clients write it; read as they and librdkafka do. */
export const snappyCodec: CompressionCodec = {
  compress: async ({ buffer }) => {
    const snappy = await load();
    return frameBlocks(await Promise.all(snappyBlocks(buffer).map((block) => snappy.compress(block))));
  },
  decompress: async (compressed) => {
    const snappy = await load();
    const blocks = framedBlocks(compressed).map((block) => snappy.uncompress(block, { asBuffer: true }));
    return Buffer.concat((await Promise.all(blocks)).map((block) => Buffer.from(block)));
  },
};
