import { status, type StatusObject } from "@grpc/grpc-js";
import { RetriableError } from "@freshet/streaming/errors";

/** Ends a call with a status that the client can act on. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: status;

  constructor(code: status, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a client is told. What it can't help is told as such, the rest is for the log. */
export function toStatus(error: unknown): Pick<StatusObject, "code" | "details"> {
  if (error instanceof CallError) return { code: error.code, details: error.message };
  if (error instanceof RetriableError) return { code: status.UNAVAILABLE, details: error.message };
  return { code: status.INTERNAL, details: "The service failed; its log says why." };
}
