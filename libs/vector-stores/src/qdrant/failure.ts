import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** Malformed, too large, invalid. */
const INPUT_REFUSED = new Set([400, 413, 422]);

/** The status of an answer that the client turned into an error; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof Error && "status" in error && typeof error.status === "number") return error.status;
  return undefined;
}

/** No answer (network, time-out), too many requests and the server's own troubles may pass; the rest doesn't. */
export function toStoreError(error: unknown, url: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  // Thrown on our side, before or between requests.
  if (!isClientError(error)) return error;
  const status = statusOf(error);
  if (status === undefined) {
    return new StoreUnavailableError(`Qdrant at ${url} doesn't answer (${reasonOf(error)}).`, { cause: error });
  }
  if (status === 401 || status === 403) {
    return new Error(`Qdrant at ${url} refuses the API key; set FRESHET_QDRANT_API_KEY.`, { cause: error });
  }
  const message = `Qdrant at ${url} answered ${status}: ${reasonOf(error)}`;
  if (status >= 500 || status === 429 || status === 408) return new StoreUnavailableError(message, { cause: error });
  if (INPUT_REFUSED.has(status)) return new InputRefusedError(message, { cause: error });
  return new Error(message, { cause: error });
}

function isClientError(error: Error): boolean {
  // fetch reports every network failure as a TypeError of this message.
  const network = error instanceof TypeError && error.message === "fetch failed";
  return network || error.name.startsWith("QdrantClient") || statusOf(error) !== undefined;
}

function reasonOf(error: Error): string {
  const data: unknown = "data" in error ? error.data : undefined;
  if (typeof data === "object" && data !== null && "status" in data) {
    const { status } = data;
    if (typeof status === "object" && status !== null && "error" in status) return String(status.error);
  }
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message || "no reason given";
}
