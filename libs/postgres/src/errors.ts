import { FatalError, RetriableError } from "@freshet/streaming/errors";

/**
 * Why a source can't be read until a person acts. The producer's README has a section for each; its message has the
 * exact SQL or setting that cures it.
 */
export const SOURCE_ERROR_CODES = [
  // The server and the role.
  "unreachable",
  "encryption",
  "login-refused",
  "database-missing",
  "server-too-old",
  "standby",
  "wal-level",
  "role-may-not-replicate",
  "privilege-missing",
  "no-sender-free",
  "no-slot-free",
  // The tables.
  "table-missing",
  "table-kind",
  "table-unlogged",
  "table-without-key",
  "table-identity",
  "table-unreadable",
  "row-security",
  "key-unusable",
  "column-unknown",
  "column-needed",
  "filter-refused",
  "topic-shared",
  // The publication.
  "publication-privilege",
  "publication-refused",
  "publication-scope",
  "publication-missing",
  // The slot, and the database behind it: changes were missed.
  "slot-foreign",
  "slot-gone",
  "slot-moved",
  "slot-lost",
  "another-database",
  "another-timeline",
  "older-copy",
  "key-changed",
  "state-unreadable",
] as const;
export type SourceErrorCode = (typeof SOURCE_ERROR_CODES)[number];

export interface SourceErrorOptions extends ErrorOptions {
  /** What cures it, to be run by who may. */
  readonly sql?: string | undefined;
}

/** Nothing can be read until a person acts: one sentence with what is wrong and what to do. */
export class SourceError extends FatalError {
  override readonly name = "SourceError";
  readonly code: SourceErrorCode;
  readonly sql: string | undefined;

  constructor(code: SourceErrorCode, message: string, options: SourceErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.sql = options.sql;
  }
}

/**
 * At the first start most likely a mistake in the settings, which a person has to see: it ends the process. Once the
 * source has been read, passing trouble (a restart, a fail-over, our own slot or sender still held): tried again.
 */
export class StartError extends RetriableError {
  override readonly name = "StartError";
  readonly code: SourceErrorCode;

  constructor(code: SourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The cure where changes were missed: nothing but reading every table again brings them back. */
export const ACCEPT =
  "if this is the database to go on with, run `freshet source accept` and start again: every table is then taken anew, " +
  "and rows that are gone disappear from the index";

const CURED_BY_ACCEPT: ReadonlySet<string> = new Set<SourceErrorCode>([
  "publication-missing",
  "slot-gone",
  "slot-moved",
  "slot-lost",
  "another-database",
  "another-timeline",
  "older-copy",
  "key-changed",
]);

/** Whether changes were missed, so that `freshet source accept` is what cures it. */
export function isCuredByAccept(code: string): boolean {
  return CURED_BY_ACCEPT.has(code);
}

const INSUFFICIENT_PRIVILEGE = "42501";

/** What a session ended with, as a sentence that is complete in itself. */
export function explainSourceError(error: unknown): Error {
  if (error instanceof FatalError || error instanceof RetriableError) return error;
  const { code, message, hint } = error as { readonly code?: string; readonly message: string; readonly hint?: string };
  if (code === INSUFFICIENT_PRIVILEGE) {
    const help = hint === undefined ? "grant what is missing" : hint.replace(/\.$/, "");
    const text = `Postgres doesn't allow what is needed (${message}): ${help}, and start again.`;
    return new SourceError("privilege-missing", text, { cause: error });
  }
  return new RetriableError(`Reading the source failed: ${message}.`, { cause: error });
}
