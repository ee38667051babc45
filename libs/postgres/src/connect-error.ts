import pg from "pg";
import { RetriableError } from "@freshet/streaming/errors";
import { SourceError, StartError } from "./errors.js";

export interface ConnectAttempt {
  readonly address: string;
  readonly user: string;
  readonly replication: boolean;
}

/** What a failed connection means, as one sentence for a person: what is wrong and what to do. */
export function explainConnectError(error: unknown, attempt: ConnectAttempt): SourceError | RetriableError {
  const { address, user } = attempt;
  const { code = "", message } = error as { readonly code?: string; readonly message: string };
  const cause = { cause: error };
  const encryption = explainEncryption(code, message, address);
  if (encryption !== null) return new SourceError("encryption", encryption, cause);
  switch (code) {
    case "28P01":
      return new SourceError(
        "login-refused",
        `Postgres at ${address} refused the password of role "${user}": check FRESHET_POSTGRES_URL or PGPASSWORD.`,
        cause,
      );
    case "28000":
      return new SourceError("login-refused", explainHostRules(attempt, message), cause);
    case "3D000":
      return new SourceError(
        "database-missing",
        `At ${address}: ${message}; check FRESHET_POSTGRES_URL or PGDATABASE.`,
        cause,
      );
    case "42501":
      return explainPrivilege(attempt, message, cause);
    case "53300":
      return explainNoRoom(attempt, message, cause);
    // Shutting down, crashed, starting up.
    case "57P01":
    case "57P02":
    case "57P03":
      return new RetriableError(`Postgres at ${address} isn't ready: ${message}.`, cause);
    default:
      return new StartError(
        "unreachable",
        `Postgres can't be reached at ${address} (${message || code}): is it running there, and is ` +
          `FRESHET_POSTGRES_URL (or PGHOST, PGPORT, PGUSER and PGPASSWORD) right?`,
        cause,
      );
  }
}

/** OpenSSL's names: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_UNTRUSTED)$/;

function explainEncryption(code: string, message: string, address: string): string | null {
  if (UNTRUSTED.test(code)) {
    return (
      `The certificate of Postgres at ${address} isn't signed by an authority that is trusted here (${message}): name the ` +
      `file of its root certificate in FRESHET_POSTGRES_URL (sslrootcert=…) or PGSSLROOTCERT.`
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return (
      `The certificate of Postgres at ${address} is made out to another host (${message}): connect by the name that ` +
      `it has, or give the server a certificate for this one.`
    );
  }
  if (/^(CERT_|ERR_SSL_|ERR_TLS_)/.test(code)) {
    return (
      `No encrypted connection to Postgres at ${address} comes about (${message}): renew its certificate, or correct ` +
      `sslmode and sslrootcert in FRESHET_POSTGRES_URL.`
    );
  }
  if (!message.includes("does not support SSL")) return null;
  return (
    `Postgres at ${address} doesn't offer encrypted connections, which sslmode asks for: set ssl = on there, or ` +
    `sslmode=disable in FRESHET_POSTGRES_URL (or PGSSLMODE).`
  );
}

function explainHostRules({ address, user }: ConnectAttempt, message: string): string {
  const help = message.includes("no encryption")
    ? "set sslmode=verify-full in FRESHET_POSTGRES_URL (or PGSSLMODE), or allow it in pg_hba.conf"
    : "allow it in pg_hba.conf, or let a superuser run ALTER ROLE … LOGIN";
  return `Postgres at ${address} doesn't let role "${user}" in (${message}): ${help}.`;
}

function explainPrivilege({ address, user, replication }: ConnectAttempt, message: string, cause: ErrorOptions) {
  if (!replication) {
    return new SourceError("privilege-missing", `Role "${user}" may not use ${address}: ${message}.`, cause);
  }
  const sql = `ALTER ROLE ${pg.escapeIdentifier(user)} REPLICATION`;
  return new SourceError(
    "role-may-not-replicate",
    `Role "${user}" may not read the WAL of ${address}: let a superuser run ${sql}.`,
    { ...cause, sql },
  );
}

function explainNoRoom({ address, replication }: ConnectAttempt, message: string, cause: ErrorOptions): RetriableError {
  return replication
    ? new StartError(
        "no-sender-free",
        `Postgres at ${address} has no WAL sender free: raise max_wal_senders and restart it, or end one that nobody needs (${message}).`,
        cause,
      )
    : new RetriableError(`Postgres at ${address} takes no more connections: ${message}.`, cause);
}
