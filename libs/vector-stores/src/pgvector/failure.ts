import pg from "pg";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; what may pass by itself or by a person at the server. */
const PASSING = new Set([
  "25006", // read only
  "40001", // serialization
  "40P01", // deadlock
  "55P03", // lock not available
  "57014", // time-out
  "57P01", // shutting down
  "57P02", // crashed
  "57P03", // starting
  "57P05", // idle too long
  "58030", // I/O
]);
/** Connection, and out of resources: disk, memory, connections. */
const PASSING_CLASSES = new Set(["08", "53"]);
/** Data, constraint, and more than the server can hold. */
const REFUSED_CLASSES = new Set(["22", "23", "54"]);

/** Database, schema, table, function or type. */
export const MISSING = new Set(["3F000", "42P01"]);

/** The server's code; undefined when it wasn't the server that answered. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** @param address without user and password. */
export function toStoreError(error: unknown, address: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const cause = { cause: error };
  const code = codeOf(error);
  const reason = reasonOf(error);
  if (code === undefined) {
    if (isConnectionError(error)) {
      return new StoreUnavailableError(`Postgres at ${address} can't be reached (${reason}).`, cause);
    }
    return isCertificateError(error)
      ? new Error(
          `The certificate of Postgres at ${address} isn't accepted (${reason}): correct sslmode or sslrootcert in ` +
            `FRESHET_PGVECTOR_URL.`,
          cause,
        )
      : error;
  }
  const explained = explain(code, reason, address);
  if (PASSING.has(code) || PASSING_CLASSES.has(code.slice(0, 2))) return new StoreUnavailableError(explained, cause);
  if (REFUSED_CLASSES.has(code.slice(0, 2))) return new InputRefusedError(explained, cause);
  return new Error(explained, cause);
}

function explain(code: string, reason: string, address: string): string {
  switch (code) {
    case "28P01":
    case "28000":
      return `Postgres at ${address} doesn't let this role in (${reason}): correct FRESHET_PGVECTOR_URL.`;
    case "42P01":
      return `Postgres at ${address} has no such table (${reason}): the collection was never filled, or somebody dropped it.`;
    case "3D000":
      return `Postgres at ${address} has no such database (${reason}): create it, or correct FRESHET_PGVECTOR_URL.`;
    case "42501":
      return `Postgres at ${address} doesn't allow this (${reason}): grant it to the role of FRESHET_PGVECTOR_URL.`;
    case "25006":
      return `Postgres at ${address} takes no writes (${reason}): let FRESHET_PGVECTOR_URL name the primary.`;
    case "53100":
      return `Postgres at ${address} has no room left on its disk (${reason}): make room, and writing goes on.`;
    case "53300":
      return `Postgres at ${address} takes no more connections (${reason}).`;
    case "57014":
      return `Postgres at ${address} didn't finish a request in time (${reason}).`;
    default:
      return `Postgres at ${address} answered ${code}: ${reason}`;
  }
}

/** pg has no classes for its own errors; the system's name the call, and AggregateError has one for each address. */
function isConnectionError(error: Error): boolean {
  if ("syscall" in error || error instanceof AggregateError) return true;
  return /connection|timeout|does not support SSL|Client was closed/i.test(error.message);
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function isCertificateError(error: Error): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code);
}

function reasonOf(error: Error): string {
  if (error.message !== "") return error.message;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : "no reason given";
}
