import { status } from "@grpc/grpc-js";
import { decodeRowKey, encodeRowKey } from "@freshet/schemas/row-key";
import { CallError } from "./call-error.js";

/** The key as the topic has it, however the client spaced it. @throws {CallError} INVALID_ARGUMENT */
export function canonicalKey(text: string): string {
  try {
    return encodeRowKey(decodeRowKey(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CallError(status.INVALID_ARGUMENT, `after_key can't be read: ${reason}`);
  }
}
