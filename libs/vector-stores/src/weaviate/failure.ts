import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** Of a request over gRPC, the client keeps the status in its message alone: `/path STATUS: details`. */
const GRPC_STATUS = /\/weaviate\.v1\.Weaviate\/\w+ ([A-Z_]+): ([^]*)/;
const NOT_ALLOWED = new Set(["UNAUTHENTICATED", "PERMISSION_DENIED"]);
const MAY_PASS = new Set(["UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "CANCELLED"]);
/** What a server in trouble says, whatever the status. */
const TROUBLE =
  /read-?only|not enough (memory|disk)|memory pressure|consistency level|no (replica|leader)|leader not found|not (yet )?ready|shutting down|connection (refused|reset)|context (deadline|canceled)|too many|timed? ?out|i\/o|no space/i;
/** What it says of a point that it will never take. */
const REFUSED = /invalid|vector lengths?|dimension|must (be|have)|not a valid|UTF-8|requires an? /i;
const TOO_LARGE = /larger than max/i;
const KEY = "set FRESHET_WEAVIATE_API_KEY to a key that may do this";

/** Whether there is no such collection or alias. */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** By the client's errors' names: it doesn't export their classes. */
export function toStoreError(error: unknown, url: string): Error {
  if (!(error instanceof Error)) return new Error(`Weaviate at ${url} failed: ${String(error)}`);
  const options = { cause: error };
  switch (error.name) {
    case "WeaviateUnauthenticatedError":
    case "WeaviateInsufficientPermissionsError":
      return new Error(`Weaviate at ${url} doesn't let this key in: ${KEY}.`, options);
    case "WeaviateRequestTimeoutError":
      return new StoreUnavailableError(`Weaviate at ${url} didn't answer in time.`, options);
    case "WeaviateUnexpectedStatusCodeError":
      return fromStatus(error, statusOf(error) ?? 0, url);
    case "WeaviateQueryError":
    case "WeaviateBatchError":
    case "WeaviateDeleteManyError":
      return fromGrpc(error, url);
    case "TypeError":
      // What fetch throws when nobody answers.
      return /fetch failed|terminated/.test(error.message)
        ? new StoreUnavailableError(`Weaviate at ${url} doesn't answer.`, options)
        : error;
    default:
      return error;
  }
}

function fromStatus(error: Error, status: number, url: string): Error {
  const options = { cause: error };
  const said = Array.from(error.message.matchAll(/"message":"((?:[^"\\\\]|\\\\.)*)"/g), ([, text]) => text).join("; ");
  const message = `Weaviate at ${url} answered ${status}: ${said || error.message}`;
  if (status >= 500 || status === 429 || TROUBLE.test(message)) return new StoreUnavailableError(message, options);
  return status === 422 ? new InputRefusedError(message, options) : new Error(message, options);
}

function fromGrpc(error: Error, url: string): Error {
  const options = { cause: error };
  const [, status = "", details = error.message] = GRPC_STATUS.exec(error.message) ?? [];
  if (NOT_ALLOWED.has(status)) return new Error(`Weaviate at ${url} doesn't let this key in: ${KEY}.`, options);
  if (TOO_LARGE.test(details)) return new InputRefusedError(`Weaviate at ${url} refuses this: ${details}`, options);
  const message = `Weaviate at ${url} failed: ${details}`;
  return MAY_PASS.has(status) || status === "RESOURCE_EXHAUSTED" || TROUBLE.test(details)
    ? new StoreUnavailableError(message, options)
    : new Error(message, options);
}

/**
 * Of a batch that was written in part. What isn't known for a refusal may pass: a point is never given up for a server's
 * trouble.
 */
export function batchFailure(failed: ReadonlyMap<string, string>, url: string): Error {
  const refused = [...failed].filter(([, reason]) => REFUSED.test(reason) && !TROUBLE.test(reason));
  const [first] = refused;
  if (first && refused.length === failed.size) {
    return new InputRefusedError(`Weaviate at ${url} refuses the point ${first[0]}: ${first[1]}`, {
      ids: refused.map(([id]) => id),
    });
  }
  const [reason = ""] = failed.values();
  return new StoreUnavailableError(`Weaviate at ${url} didn't store ${failed.size} points: ${reason}`);
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined;
}
