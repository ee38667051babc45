import { formatPosition } from "@freshet/schemas/position";
import type { SourceState } from "@freshet/schemas/service-state";
import type { Logger } from "@freshet/streaming/logger";
import { tableLabel, type CapturedTable } from "../events/captured-table.js";
import { controlRecords, writtenRecord, type ChangeOrigin } from "../events/change-records.js";
import type { RecordOutlet } from "../events/record-outlet.js";
import type { OpenSnapshot, SnapshotSource } from "./snapshot-source.js";

type TableProgress = SourceState["snapshots"][string];

export interface SnapshotOptions {
  readonly source: SnapshotSource;
  readonly tables: readonly { readonly schema: string; readonly name: string }[];
  readonly database: string;
  readonly epoch: number;
  readonly outlet: RecordOutlet;
  readonly progress: SnapshotProgress;
  readonly onRows: (table: CapturedTable, rows: number) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Where it is written down how far a table's snapshot is. */
interface SnapshotProgress {
  report(table: string, progress: TableProgress): void;
  /** Resolves once what was reported is stored. */
  stored(): Promise<void>;
}

const LOG_INTERVAL_MS = 10_000;

/**
 * Sends every row of the tables, all as of one point of the WAL. A table counts as done only when Kafka has its rows,
 * and after them a `snapshot-end` in each partition, and then the record of it. Until then it is taken again, with a
 * later point: its `snapshot-end` removes what an interrupted one left behind.
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<void> {
  const { source, tables, logger } = options;
  if (tables.length === 0) return;
  logger.info({ tables: tables.map(tableLabel) }, "snapshot: waiting for open transactions to end");
  const snapshot = await source.open(tables);
  try {
    for (const table of snapshot.tables) await takeTable(table, snapshot, options);
  } finally {
    await snapshot.close();
  }
}

async function takeTable(table: CapturedTable, snapshot: OpenSnapshot, options: SnapshotOptions): Promise<void> {
  const { database, epoch, outlet, progress, onRows, logger, signal } = options;
  const label = tableLabel(table);
  const startedAt = Date.now();
  const position = { epoch, commitLsn: snapshot.lsn, seq: 0 };
  const origin: ChangeOrigin = {
    ...{ database, txId: null, lsn: snapshot.lsn, committedAt: startedAt, snapshot: true },
    position,
  };
  let rows = 0;
  let loggedAt = startedAt;
  const report = (finishedAt: number | null) =>
    progress.report(label, {
      ...{ position: formatPosition(position), lastKey: null, rows, estimatedRows: null, startedAt, finishedAt },
      identity: "",
    });
  const log = (message: string) => {
    const seconds = (Date.now() - startedAt) / 1000;
    logger.info({ table: label, rows, rowsPerSecond: Math.round(rows / Math.max(seconds, 0.001)) }, message);
  };

  report(null);
  for await (const batch of snapshot.read(table)) {
    for (const row of batch) {
      outlet.offer(writtenRecord(table, { op: "r", row, old: null }, origin));
      if (outlet.isFull) await outlet.ready();
    }
    rows += batch.length;
    onRows(table, batch.length);
    report(null);
    if (Date.now() - loggedAt >= LOG_INTERVAL_MS) {
      loggedAt = Date.now();
      log("snapshot: reading");
    }
    signal.throwIfAborted();
  }
  await outlet.flush();
  for (const record of controlRecords(table, "snapshot-end", origin)) outlet.offer(record);
  await outlet.flush();
  report(Date.now());
  await progress.stored();
  log("snapshot: done");
}
