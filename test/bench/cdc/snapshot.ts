import { Client } from "pg";
import { Capture, PARTITIONS } from "./capture.js";
import type { Servers } from "./servers.js";
import type { SourceTable } from "./source-table.js";

export interface SnapshotRates {
  /** Rows per second in the topic, until its end is there too. */
  readonly rate: number;
  /** Rows per second that `pg` receives of `COPY … TO STDOUT`. */
  readonly copyRate: number;
}

/** The snapshot of a filled table, whose earlier capture is closed. */
export async function takeSnapshot(servers: Servers, table: SourceTable, rows: number): Promise<SnapshotRates> {
  const copyRate = await copyOut(servers, table, rows);
  const capture = await Capture.prepare(servers, table);
  try {
    const { alive } = await capture.start();
    await capture.watch.reaches(1, alive);
    const rate = await capture.watch.rate(0, rows + PARTITIONS, alive);
    await capture.stop();
    return { rate, copyRate };
  } finally {
    await capture.close();
  }
}

async function copyOut({ postgres }: Servers, table: SourceTable, rows: number): Promise<number> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const startedAt = performance.now();
  // `pg` takes the answer apart and drops its rows.
  await client.query(`COPY ${table.qualifiedName} TO STDOUT`);
  const elapsedMs = performance.now() - startedAt;
  await client.end();
  return (rows / elapsedMs) * 1000;
}
