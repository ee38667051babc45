import { readFileSync } from "node:fs";
import type { ClientConfig } from "pg";

export interface EncryptionSettings {
  readonly connectionString?: string;
  /** As in `PGSSLROOTCERT`: the file of the certificates that sign the server's; Node's own list when absent. */
  readonly rootCertificate?: string;
}

/**
 * pg reads `sslmode` and `sslrootcert` of the URL, and `PGSSLMODE`, but not `PGSSLROOTCERT`. A root certificate is there
 * to be checked: with one, and no other word, the server must have a certificate that it signed, for the host's name
 * (`verify-full`, as which pg also takes `prefer`, `require` and `verify-ca`).
 *
 * @throws {Error} with the file's path when it can't be read.
 */
export function encryption(settings: EncryptionSettings): Pick<ClientConfig, "connectionString" | "ssl"> {
  const { connectionString, rootCertificate } = settings;
  if (rootCertificate === undefined) return connectionString === undefined ? {} : { connectionString };
  if (connectionString === undefined) return { ssl: { ca: readFileSync(rootCertificate, "utf8") } };
  const url = new URL(connectionString);
  const mode = url.searchParams.get("sslmode") ?? "verify-full";
  if (mode === "disable" || mode === "no-verify" || url.searchParams.has("sslrootcert")) return { connectionString };
  url.searchParams.set("sslmode", mode);
  url.searchParams.set("sslrootcert", rootCertificate);
  return { connectionString: url.href };
}
