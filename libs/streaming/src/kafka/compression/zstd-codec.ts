import { promisify } from "node:util";
import zlib from "node:zlib";
import { FatalError } from "../../errors.js";
import type { CompressionCodec } from "./compression-codec.js";

type Transform = (bytes: Buffer, done: (error: Error | null, result: Buffer) => void) => void;

/** What `node:zlib` has from Node 22.15 and 23.8 on. */
interface Zstd {
  readonly zstdCompress: Transform;
  readonly zstdDecompress: Transform;
}

export const zstdCodec: CompressionCodec = {
  compress: ({ buffer }) => transformed(({ zstdCompress }) => zstdCompress, buffer),
  decompress: (compressed) => transformed(({ zstdDecompress }) => zstdDecompress, compressed),
};

export function hasZstd(module: object): module is Zstd {
  return "zstdCompress" in module && "zstdDecompress" in module;
}

async function transformed(choose: (zstd: Zstd) => Transform, bytes: Buffer): Promise<Buffer> {
  if (!hasZstd(zlib)) {
    throw new FatalError(
      `Records are compressed with zstd, which needs Node 22.15 or newer; this is ${process.version}.`,
    );
  }
  return promisify(choose(zlib))(bytes);
}
