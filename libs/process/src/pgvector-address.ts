import { ConfigurationError } from "./configuration-file.js";
import type { Environment } from "./environment.js";

/**
 * @param store its name in freshet.yaml.
 * @throws {ConfigurationError} when the environment doesn't say where it is: unlike other stores' there is no usual one.
 */
export function requirePgvectorUrl(store: string, { pgvectorUrl }: Environment): string {
  if (pgvectorUrl !== undefined) return pgvectorUrl;
  throw new ConfigurationError(
    `The store ${store} is a Postgres with pgvector: set FRESHET_PGVECTOR_URL to its postgres://user:password@host:5432/database.`,
  );
}
