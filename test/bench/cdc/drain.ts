import { Capture, PARTITIONS } from "./capture.js";
import { receiveBare } from "./bare-receiver.js";
import type { Servers } from "./servers.js";

export interface Drained {
  readonly capture: Capture;
  /** Events per second in the topic, from the backlog's first to its last. */
  readonly rate: number;
  /** Changes per second that `pg_recvlogical` reads of the same backlog; null where there is none. */
  readonly bareRate: number | null;
}

/** A producer that finds a backlog of `rows` inserts when it starts. The capture's topic holds them afterwards. */
export async function drainBacklog(servers: Servers, rows: number): Promise<Drained> {
  const capture = await Capture.prepare(servers);
  await capture.startEmpty();
  await capture.stop();
  const bare = await receiveBare(servers, capture.name, rows, () => capture.table.insert(1, rows));

  const { alive } = await capture.start();
  const rate = await capture.watch.rate(PARTITIONS + 1, rows, alive);
  await capture.stop();
  return { capture, rate, bareRate: bare };
}
