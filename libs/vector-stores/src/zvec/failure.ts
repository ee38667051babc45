import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** What comes again with the same input. All else (a full disk reads as an internal error) may pass. */
const LASTING = new Set(["ZVEC_NOT_SUPPORTED", "ZVEC_NOT_FOUND", "ZVEC_ALREADY_EXISTS", "ZVEC_FAILED_PRECONDITION"]);

export function toStoreError(code: string, reason: string, id?: string): Error {
  const message = `zvec refused ${id === undefined ? "the request" : `the point ${id}`}: ${reason}`;
  if (code === "ZVEC_INVALID_ARGUMENT") return new InputRefusedError(message, id === undefined ? {} : { ids: [id] });
  return LASTING.has(code) ? new Error(message) : new StoreUnavailableError(message);
}
