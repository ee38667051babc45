import { z } from "zod";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** What Milvus says of a request, beside or instead of an answer. */
const statusSchema = z.object({
  /** The older kind of code, by name. */
  error_code: z.union([z.string(), z.number()]),
  code: z.number().default(0),
  reason: z.string().default(""),
  retriable: z.boolean().default(false),
});
type Status = z.output<typeof statusSchema>;

/** Milvus' own codes: https://github.com/milvus-io/milvus/blob/master/pkg/util/merr/errors.go */
const NOT_FOUND = new Set([100, 700, 1600]);
const NOT_FOUND_NAMES = new Set(["CollectionNotExists", "IndexNotExist"]);
const NOT_LOADED = new Set([101, 103]);
const NOT_ALLOWED = new Set([1400, 1401]);
/** Not available, out of memory or disk, over a limit, late, out of resources. */
const BUSY = new Set([2, 3, 4, 7, 8, 9, 11, 12]);
const REFUSED = new Set([1100, 1101, 1102, 1700]);
const REFUSED_NAMES = new Set(["IllegalArgument"]);

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const GRPC_REFUSED = new Set([3]);
const GRPC_NOT_ALLOWED = new Set([7, 16]);
const GRPC_TOO_MUCH = 8;
const GRPC_UNKNOWN_CALL = 12;

/** An answer that says no; the stores' own errors have it as their cause. */
class MilvusRefusal extends Error {
  override readonly name = "MilvusRefusal";
  readonly status: Status;

  constructor(status: Status) {
    super(status.reason);
    this.status = status;
  }
}

/** @throws what stands for the status in an answer that isn't a success. */
export function requireSuccess(answer: unknown): void {
  const status = statusOf(answer);
  if (status && (status.code !== 0 || (status.error_code !== "Success" && status.error_code !== 0))) {
    throw new MilvusRefusal(status);
  }
}

/** Whether there is no such collection, alias or index. */
export function isNotFound(error: unknown): boolean {
  const refusal = error instanceof Error ? error.cause : undefined;
  if (!(refusal instanceof MilvusRefusal)) return false;
  const { code, error_code } = refusal.status;
  return NOT_FOUND.has(code) || NOT_FOUND_NAMES.has(String(error_code));
}

/** @param error what the client threw: an error, or an answer as it is. */
export function toStoreError(error: unknown, url: string): Error {
  const status = error instanceof MilvusRefusal ? error.status : error instanceof Error ? undefined : statusOf(error);
  if (status) return fromStatus(status, url);
  if (!(error instanceof Error)) return new Error(`Milvus at ${url} gave no answer that Freshet knows.`);
  return "code" in error && typeof error.code === "number" && "details" in error
    ? fromGrpc(error, error.code, String(error.details), url)
    : error;
}

function fromStatus(status: Status, url: string): Error {
  const { code, error_code: name, reason, retriable } = status;
  const options = { cause: new MilvusRefusal(status) };
  const message = `Milvus at ${url} answered ${code}: ${reason}`;
  if (NOT_ALLOWED.has(code)) return notAllowed(url, options.cause);
  if (NOT_LOADED.has(code)) {
    return new StoreUnavailableError(`${message} (load the collection, or start the sink again)`, options);
  }
  if (REFUSED.has(code) || REFUSED_NAMES.has(String(name))) return new InputRefusedError(message, options);
  return retriable || BUSY.has(code) ? new StoreUnavailableError(message, options) : new Error(message, options);
}

function fromGrpc(error: Error, code: number, details: string, url: string): Error {
  const options = { cause: error };
  if (GRPC_NOT_ALLOWED.has(code)) return notAllowed(url, error);
  if (GRPC_REFUSED.has(code) || (code === GRPC_TOO_MUCH && details.includes("larger than max"))) {
    return new InputRefusedError(`Milvus at ${url} refused a request: ${details}`, options);
  }
  if (code === GRPC_UNKNOWN_CALL) return new Error(`Milvus at ${url} is too old for this: ${details}`, options);
  return new StoreUnavailableError(`Milvus at ${url} doesn't answer (${details}).`, options);
}

function notAllowed(url: string, cause: Error): Error {
  return new Error(
    `Milvus at ${url} refuses the key, or what it may do; set FRESHET_MILVUS_API_KEY to a token or user:password.`,
    { cause },
  );
}

function statusOf(answer: unknown): Status | undefined {
  const nested = z.object({ status: statusSchema }).safeParse(answer);
  if (nested.success) return nested.data.status;
  const own = statusSchema.safeParse(answer);
  return own.success ? own.data : undefined;
}
