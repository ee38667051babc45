import { type CompressionCodec, optionalPackage } from "./compression-codec.js";

const load = () => optionalPackage("lz4-napi", () => import("lz4-napi"));

/** The LZ4 frame format with independent blocks, which is all that Kafka's Java clients read. */
export const lz4Codec: CompressionCodec = {
  compress: async ({ buffer }) => (await load()).compressFrame(buffer, { contentChecksum: true }),
  decompress: async (compressed) => (await load()).decompressFrame(compressed),
};
