import { formatPosition, parsePosition } from "@freshet/schemas/position";
import type { SnapshotState } from "@freshet/schemas/service-state";
import { Bell } from "@freshet/streaming/bell";
import type { Logger } from "@freshet/streaming/logger";
import { ChunkPipeline, type SnapshotStream } from "./chunk-pipeline.js";
import { RunLog } from "./run-log.js";
import type { Selection } from "./selection.js";
import type { Chunk } from "./chunk.js";
import type { TableReader } from "./table-reader.js";
import type { TableWatch } from "./table-watch.js";

export interface SnapshotRunOptions {
  readonly stream: SnapshotStream;
  /** `schema.table`. */
  readonly label: string;
  readonly reader: TableReader;
  /** What an interrupted run had reached; null: none was begun. */
  readonly begun: SnapshotState | null;
  /** What is left to be read, given how far it is. */
  readonly select: (state: SnapshotState) => Selection;
  /** Whether it is of the whole table: rows that it doesn't find are gone then. */
  readonly whole: boolean;
  /** Writes down how far it is. */
  readonly report: (state: SnapshotState) => void;
  readonly onRows: (read: number, sent: number) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Sends rows of one table into the stream of its changes. What is reported of it Kafka has, so that an interrupted run
 * goes on behind that.
 */
export async function runSnapshot(options: SnapshotRunOptions): Promise<void> {
  const { stream, label, logger } = options;
  // Before the writers are waited for: whoever comes later is either waited for, or noted.
  const watch = stream.windows.watch(label);
  const log = new RunLog(logger, label);
  try {
    await run(options, watch, log);
  } finally {
    log.close();
    stream.windows.unwatch(label, watch);
  }
}

async function run(options: SnapshotRunOptions, watch: TableWatch, log: RunLog): Promise<void> {
  const { stream, reader, select, whole, report, onRows, signal } = options;
  // A transaction that wrote before the table was published isn't in the stream; one whose commit waits for a
  // synchronous standby may have been in it, though nobody sees it yet.
  await reader.untilWritersEnded((writers, snapshot) => {
    // They may take hours, and the others' transactions needn't be remembered for as long.
    watch.seen(snapshot);
    log.heldUp(`waiting for ${writers} transactions that write to the table`);
  });
  let state = await begin(options, watch);
  log.begun(state);
  const update = (change: Partial<SnapshotState>) => {
    state = { ...state, ...change };
    log.reached(state);
    report(state);
  };
  update({});
  const pipeline = new ChunkPipeline({
    ...{ stream, reader, watch, signal, first: select(state) },
    onDelivered: ({ rows, lastKey }: Chunk, sent: number) => {
      update({ rows: state.rows + rows.length, lastKey: lastKey === null ? state.lastKey : [...lastKey] });
      onRows(rows.length, sent);
    },
    onTrouble: ({ message }) => log.heldUp(`the table can't be read just now (${message}): trying again`),
  });
  await pipeline.run();
  if (whole) await sendEnd(options, state);
  update({ finishedAt: Date.now() });
  log.done();
}

async function begin({ stream, reader, begun, signal }: SnapshotRunOptions, watch: TableWatch): Promise<SnapshotState> {
  const { snapshot, walEnd } = await reader.takeSnapshot();
  watch.seen(snapshot);
  const estimatedRows = await reader.estimateRows();
  // Another source has written to the topic since an earlier epoch: what was read then may lie below that.
  if (begun !== null && parsePosition(begun.position).epoch === stream.epoch) return { ...begun, estimatedRows };
  // Above everything that was ever sent, also by a session that was further than Kafka's last confirmation tells: what
  // the run doesn't find is taken away only below where it began.
  await untilPassed(stream, walEnd, signal);
  const position = { epoch: stream.epoch, commitLsn: stream.windows.position, seq: 0 };
  return {
    ...{ position: formatPosition(position), lastKey: null, rows: 0, estimatedRows },
    ...{ startedAt: Date.now(), finishedAt: null },
  };
}

async function untilPassed({ windows, passage }: SnapshotStream, walEnd: bigint, signal: AbortSignal): Promise<void> {
  const progress = new Bell();
  const forget = windows.onProgress(() => progress.ring());
  try {
    const mark = passage.mark(walEnd);
    while (!passage.isPassed(mark)) {
      await progress.wait({ signal });
      signal.throwIfAborted();
    }
  } finally {
    forget();
  }
}

/** To every partition, behind all rows. */
async function sendEnd({ stream, reader }: SnapshotRunOptions, state: SnapshotState): Promise<void> {
  const { database, outlet, format } = stream;
  const position = parsePosition(state.position);
  const table = await reader.describe();
  const origin = { database, txId: null, lsn: position.commitLsn, committedAt: Date.now(), snapshot: true, position };
  for (const record of format.control(table, "snapshot-end", origin)) outlet.offer(record);
  await outlet.flush();
}
