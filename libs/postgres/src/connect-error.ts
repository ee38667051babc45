import { FatalError, RetriableError } from "@freshet/streaming/errors";
import { StartError } from "./errors.js";

export interface ConnectAttempt {
  readonly address: string;
  readonly user: string;
  readonly replication: boolean;
}

/** What a failed connection means, as one sentence for a person: what is wrong and what to do. */
export function explainConnectError(error: unknown, attempt: ConnectAttempt): FatalError | StartError | RetriableError {
  const { address, user } = attempt;
  const { code = "", message } = error as { readonly code?: string; readonly message: string };
  const cause = { cause: error };
  switch (code) {
    case "28P01":
      return new FatalError(
        `Postgres at ${address} refused the password of role "${user}": check FRESHET_POSTGRES_URL or PGPASSWORD.`,
        cause,
      );
    case "28000":
      return new FatalError(`Postgres at ${address} doesn't let role "${user}" in: ${message}.`, cause);
    case "3D000":
      return new FatalError(`At ${address}: ${message}; check FRESHET_POSTGRES_URL or PGDATABASE.`, cause);
    case "42501":
      return new FatalError(explainPrivilege(attempt, message), cause);
    case "53300":
      return explainNoRoom(attempt, message, cause);
    // Shutting down, crashed, starting up.
    case "57P01":
    case "57P02":
    case "57P03":
      return new RetriableError(`Postgres at ${address} isn't ready: ${message}.`, cause);
    default:
      return new StartError(
        `Postgres can't be reached at ${address} (${message || code}): is it running there, and is ` +
          `FRESHET_POSTGRES_URL (or PGHOST, PGPORT, PGUSER and PGPASSWORD) right?`,
        cause,
      );
  }
}

function explainPrivilege({ address, user, replication }: ConnectAttempt, message: string): string {
  return replication
    ? `Role "${user}" may not read the WAL of ${address}: let a superuser run ALTER ROLE "${user}" REPLICATION.`
    : `Role "${user}" may not use ${address}: ${message}.`;
}

function explainNoRoom({ address, replication }: ConnectAttempt, message: string, cause: ErrorOptions): RetriableError {
  return replication
    ? new StartError(
        `Postgres at ${address} has no WAL sender free: raise max_wal_senders and restart it, or end one that nobody needs (${message}).`,
        cause,
      )
    : new RetriableError(`Postgres at ${address} takes no more connections: ${message}.`, cause);
}
