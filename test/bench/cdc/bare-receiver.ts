import { execFile } from "node:child_process";
import { once } from "node:events";
import { until } from "../../support/until.js";
import type { Servers } from "./servers.js";

/** Postgres' own, which not every installation has. */
const CLIENT = "pg_recvlogical";

/**
 * Lets `fill` make changes behind a slot of its own, then reads them by Postgres' own client, to nowhere.
 *
 * @returns rows per second; null when there is no `pg_recvlogical` on the path (Debian: postgresql-client).
 */
export async function receiveBare(
  { postgres, client }: Servers,
  publication: string,
  rows: number,
  fill: () => Promise<void>,
): Promise<number | null> {
  const slot = `${publication}_bare`;
  await client.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
  await fill();
  const { rows: ends } = await client.query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn");
  const startedAt = performance.now();
  const end = ends[0]?.lsn ?? "";
  const isRead = await receive(["--dbname", postgres.url, "--slot", slot, "--endpos", end], publication);
  const elapsedMs = performance.now() - startedAt;
  const drop = async () => (await client.query("SELECT pg_drop_replication_slot($1)", [slot])).rowCount === 1;
  await until(drop, { what: `slot ${slot} is dropped`, timeoutMs: 30_000 });
  return isRead ? (rows / elapsedMs) * 1000 : null;
}

/** @returns whether there is such a client. @throws what it says. */
async function receive(address: readonly string[], publication: string): Promise<boolean> {
  const format = ["--option", "proto_version=1", "--option", `publication_names=${publication}`];
  const output = ["--start", "--no-loop", "--file", "/dev/null"];
  const child = execFile(CLIENT, [...address, ...format, ...output]);
  let complaint = "";
  child.stderr?.on("data", (text: string) => (complaint += text));
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`${CLIENT}: ${complaint}`);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
