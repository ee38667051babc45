import type { SourceScene } from "./source-scene.js";

export interface WalSender {
  readonly pid: number;
  /** Up to where it has sent the WAL. */
  readonly sent: bigint;
  /** When it heard of the producer last, in seconds since the Unix epoch. */
  readonly replied: number;
}

/** Who sends the slot's changes. @throws when nobody does. */
export async function walSender({ client, slot }: SourceScene): Promise<WalSender> {
  const { rows } = await client.query<{ pid: number; sent: string; replied: string }>(
    `SELECT pid, sent_lsn - '0/0' AS sent, extract(epoch FROM reply_time) AS replied
     FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid WHERE slot_name = $1`,
    [slot],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("nobody reads the slot");
  return { pid: row.pid, sent: BigInt(row.sent), replied: Number(row.replied) };
}
