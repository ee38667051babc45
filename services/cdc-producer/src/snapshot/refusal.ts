import { SourceError } from "@freshet/postgres/errors";
import type { JsonObject, JsonValue } from "@freshet/schemas/lossless-json";

/** What was asked for can't be answered, and never will be. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/**
 * The connection, concurrency, resources, locks, an operator's doing and the system's state pass, and so may what they
 * prevent. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const PASSING = /^(08|40|53|55|57|58)/;
/** Of the same class, but for what a statement's text says: a parameter that nobody gives. */
const PROTOCOL_VIOLATION = "08P01";

/** Postgres refuses what was asked for, or it can't be asked: another attempt would end alike. */
export function isRefusal(error: unknown): error is Error {
  if (error instanceof RefusedError || isUnreadable(error)) return true;
  const { code, severity } = error as { readonly code?: unknown; readonly severity?: unknown };
  // Only what the server says has a severity; the codes of Node's errors may look like the server's (EPIPE).
  if (typeof code !== "string" || typeof severity !== "string") return false;
  return code === PROTOCOL_VIOLATION || !PASSING.test(code);
}

/** The role may not read a table: that says nothing of the others, nor of the stream. */
export function isUnreadable(error: unknown): error is SourceError {
  return error instanceof SourceError && error.code === "table-unreadable";
}

/** A column's value in a key that somebody wrote. @throws {RefusedError} when the key lacks the column. */
export function keyValueText(key: JsonObject, column: string): string {
  const value: JsonValue | undefined = Object.hasOwn(key, column) ? key[column] : undefined;
  if (value === undefined || value === null || typeof value === "object") {
    throw new RefusedError(`The key ${JSON.stringify(Object.keys(key))} has no value for column ${column}.`);
  }
  return String(value);
}
