import { QdrantClientResourceExhaustedError, QdrantClientTimeoutError } from "@qdrant/js-client-rest";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** Malformed, too large, invalid. */
const INPUT_REFUSED = new Set([400, 413, 422]);

const DISK_FULL = /No space left on device/i;

/** The status of an answer that the client turned into an error; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof QdrantClientResourceExhaustedError) return 429;
  return error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : undefined;
}

/** No answer (network, time-out), too many requests and the server's own troubles may pass; the rest doesn't. */
export function toStoreError(error: unknown, url: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  // Thrown on our side, before or between requests.
  if (!isClientError(error)) return error;
  const status = statusOf(error);
  const reason = reasonOf(error);
  const message = explain(status, reason, url);
  const cause = { cause: error };
  if (status === undefined || isPassing(status)) return new StoreUnavailableError(message, cause);
  return INPUT_REFUSED.has(status) ? new InputRefusedError(message, cause) : new Error(message, cause);
}

function explain(status: number | undefined, reason: string, url: string): string {
  if (status === undefined) return `Qdrant at ${url} doesn't answer (${reason}).`;
  if (status === 401) return `Qdrant at ${url} refuses the API key (${reason}): correct FRESHET_QDRANT_API_KEY.`;
  if (status === 403) {
    return `Qdrant at ${url} doesn't allow this (${reason}): give FRESHET_QDRANT_API_KEY a key that may do it.`;
  }
  if (status === 404) {
    return (
      `Qdrant at ${url} misses what was there before (${reason}): restart the sink, which makes its collections, and ` +
      `read their tables again by freshet snapshot.`
    );
  }
  if (DISK_FULL.test(reason)) {
    return `Qdrant at ${url} has no room left on its disk (${reason}): make room, and writing goes on.`;
  }
  return `Qdrant at ${url} answered ${status}: ${reason}`;
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

function isClientError(error: Error): boolean {
  // fetch reports every network failure as a TypeError of this message.
  const network = error instanceof TypeError && error.message === "fetch failed";
  return network || error.name.startsWith("QdrantClient") || statusOf(error) !== undefined;
}

function reasonOf(error: Error): string {
  if (error instanceof QdrantClientTimeoutError) return "not in time";
  const data: unknown = "data" in error ? error.data : undefined;
  if (typeof data === "object" && data !== null && "status" in data) {
    const { status } = data;
    if (typeof status === "object" && status !== null && "error" in status) return String(status.error);
  }
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message || "no reason given";
}
