/** The configuration names a store whose client isn't installed. */
export class MissingClientError extends Error {
  override readonly name = "MissingClientError";
}

/**
 * Clients are optional: whoever has one store needs no other's.
 *
 * @param open imports `name`, the client's package. @throws {MissingClientError} when there is no such package.
 */
export async function loadClient<T>(name: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (!missing || !error.message.includes(`'${name}'`)) throw error;
    throw new MissingClientError(
      `This store's client isn't installed: build the image with STORE_CLIENTS="${name}", or, in a checkout, run ` +
        `\`pnpm install\` without --prod.`,
      { cause: error },
    );
  }
}
