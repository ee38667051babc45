import { FatalError } from "../../errors.js";

/** What kafkajs asks of a codec: the records of one batch, before and after. */
export interface CompressionCodec {
  compress(records: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(compressed: Buffer): Promise<Buffer>;
}

/** @throws {FatalError} when a codec's package, which is optional, isn't installed. */
export async function optionalPackage<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new FatalError(`Records are compressed with a codec that needs the package ${name} (${code}): install it.`);
  }
}
