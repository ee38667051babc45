import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** The client throws errors of its own classes, by the answer's status; their names are what it exports. */
const REFUSED = new Set(["ChromaClientError", "ChromaValueError"]);
const KEY_REFUSED = new Set(["ChromaAuthError", "ChromaForbiddenError"]);
/** With this status it throws what it throws for the server's own troubles. */
const TOO_LARGE = /^413\b/;

export function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === "ChromaNotFoundError";
}

export function isThereAlready(error: unknown): boolean {
  return error instanceof Error && error.name === "ChromaUniqueError";
}

/** No answer, too many requests and the server's own troubles (a full disk, too) may pass; the rest doesn't. */
export function toStoreError(error: unknown, url: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const cause = { cause: error };
  const { name, message } = error;
  if (REFUSED.has(name) || TOO_LARGE.test(message)) {
    return new InputRefusedError(`Chroma at ${url} refuses this: ${reasonOf(message)}`, cause);
  }
  if (KEY_REFUSED.has(name)) {
    return new Error(`Chroma at ${url} doesn't let this key in (${message}): set FRESHET_CHROMA_API_KEY.`, cause);
  }
  switch (name) {
    case "ChromaConnectionError":
      return new StoreUnavailableError(`Chroma at ${url} doesn't answer.`, cause);
    case "ChromaServerError":
    case "ChromaRateLimitError":
      return new StoreUnavailableError(`Chroma at ${url} failed: ${message}`, cause);
    case "ChromaQuotaExceededError":
      // Of a record's size, or of what is paid for.
      return /billing/i.test(message)
        ? new StoreUnavailableError(`Chroma at ${url}: ${message}`, cause)
        : new InputRefusedError(`Chroma at ${url} refuses this: ${message}`, cause);
    default:
      return error;
  }
}

/** Without the request's address, which the client puts before it. */
function reasonOf(message: string): string {
  return message.replace(/^Bad request to \S+ with status: /, "");
}
