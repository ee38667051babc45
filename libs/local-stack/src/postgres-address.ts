/** Where a Postgres is, and how to log in as somebody who may create databases and replication slots. */
export interface PostgresAddress {
  url: string;
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** @throws {Error} when it isn't the URL of a Postgres. */
export function postgresAddress(url: string): PostgresAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new Error("FRESHET_POSTGRES_URL must look like postgresql://user:password@host:5432/database.");
  }
  const user = decodeURIComponent(parsed.username) || "postgres";
  return {
    url,
    host: parsed.hostname,
    port: Number(parsed.port || 5432),
    user,
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)) || user,
  };
}
