import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** The client tells its errors apart by name, and has no status for others. */
const REFUSED = new Set(["PineconeBadRequestError", "PineconeUnprocessableEntityError"]);
const UNAVAILABLE = new Set([
  "PineconeConnectionError",
  "PineconeRequestError",
  "PineconeInternalServerError",
  "PineconeUnavailableError",
  "PineconeMaxRetriesExceededError",
  "PineconeTimeoutError",
]);
const PASSING_STATUS = /\bStatus: (408|429|5\d\d)\b/;
/** What a 403 comes as. */
const FORBIDDEN = /forbidden|permission|not authorized/i;

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === "PineconeNotFoundError";
}

/** No answer, too many requests and Pinecone's own troubles may pass; the rest doesn't. */
export function toStoreError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { name } = error;
  if (name === "TimeoutError") return new StoreUnavailableError("Pinecone doesn't answer in time.", { cause: error });
  if (!name.startsWith("Pinecone")) return error;
  const reason = reasonOf(error);
  if (name === "PineconeAuthorizationError" || (name === "PineconeBadRequestError" && FORBIDDEN.test(reason))) {
    return new Error("Pinecone refuses the API key; set FRESHET_PINECONE_API_KEY.", { cause: error });
  }
  if (UNAVAILABLE.has(name) || (name === "PineconeUnmappedHttpError" && PASSING_STATUS.test(reason))) {
    return new StoreUnavailableError(`Pinecone doesn't answer as it should (${reason}).`, { cause: error });
  }
  const message = `Pinecone answered: ${reason}`;
  if (REFUSED.has(name)) return new InputRefusedError(message, { cause: error });
  return new Error(message, { cause: error });
}

function reasonOf(error: Error): string {
  const { cause } = error;
  return error.message || (cause instanceof Error ? cause.message : "") || "no reason given";
}
