import kafkajs from "kafkajs";
import { lz4Codec } from "./lz4-codec.js";
import { snappyCodec } from "./snappy-codec.js";
import { zstdCodec } from "./zstd-codec.js";

// Node finds neither among the named exports of kafkajs' CommonJS.
const { CompressionCodecs, CompressionTypes } = kafkajs;

/** Of what is produced; all of them can be read. */
export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd";

const TYPES = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const satisfies Record<Compression, number>;

export function compressionType(compression: Compression = "none") {
  return TYPES[compression];
}

/** kafkajs has one register for the whole process, with gzip alone in it. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;
}
