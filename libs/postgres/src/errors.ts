import { FatalError, RetriableError } from "@freshet/streaming/errors";

/**
 * At the first start most likely a mistake in the settings, which a person has to see: it ends the process. Once the
 * source has been read, passing trouble (a restart, a fail-over, our own slot or sender still held): tried again.
 */
export class StartError extends RetriableError {
  override readonly name = "StartError";
}

const INSUFFICIENT_PRIVILEGE = "42501";

/** What a session ended with, as a sentence that is complete in itself. */
export function explainSourceError(error: unknown): Error {
  if (error instanceof FatalError || error instanceof RetriableError) return error;
  const { code, message, hint } = error as { readonly code?: string; readonly message: string; readonly hint?: string };
  if (code === INSUFFICIENT_PRIVILEGE) {
    const help = hint === undefined ? "grant what is missing" : hint.replace(/\.$/, "");
    return new FatalError(`Postgres doesn't allow what is needed (${message}): ${help}, and start again.`, {
      cause: error,
    });
  }
  return new RetriableError(`Reading the source failed: ${message}.`, { cause: error });
}
