import type { Logger } from "@freshet/streaming/logger";
import { formatTableName } from "@freshet/process/table-name";
import type { EventFormat } from "../events/event-format.js";
import type { RecordOutlet } from "../events/record-outlet.js";
import { FlushedWal } from "../postgres/flushed-wal.js";
import { PostgresTableReader } from "../postgres/postgres-table-reader.js";
import type { ReplicationStream } from "../postgres/replication-stream.js";
import { ChunkBudget } from "../snapshot/chunk-budget.js";
import type { ChunkWindows } from "../snapshot/chunk-windows.js";
import { SnapshotRunner } from "../snapshot/snapshot-runner.js";
import { WalPassage } from "../snapshot/wal-passage.js";
import type { CdcOptions } from "./cdc-options.js";
import type { Source } from "./open-source.js";
import type { SessionLife } from "./session-life.js";
import { SnapshotCommands } from "./snapshot-commands.js";

export interface SessionSnapshotsOptions extends Pick<CdcOptions, "address" | "kafka" | "metrics"> {
  readonly names: CdcOptions["source"];
  readonly source: Source;
  readonly stream: ReplicationStream;
  readonly windows: ChunkWindows;
  readonly outlet: RecordOutlet;
  readonly format: EventFormat;
  readonly life: SessionLife;
  /** How many tables are being read. */
  readonly onRunning: (running: number) => void;
  readonly logger: Logger;
}

/** Starts what reads tables beside the stream, for as long as the session lasts. */
export async function startSnapshots(options: SessionSnapshotsOptions): Promise<SnapshotRunner> {
  const { address, names, source, stream, windows, outlet, format, life, metrics, logger, onRunning } = options;
  const { journal } = source;
  const flushed = await FlushedWal.open(address);
  life.onClose(() => flushed.close());
  const passage = new WalPassage({
    windows,
    requestKeepalive: () => stream.requestKeepalive(),
    readFlushed: () => flushed.read(),
    flushDelayMs: flushed.delayMs,
    onFailure: (error) => life.fail(error),
  });
  life.onClose(() => passage.close());
  const routes = new Map(source.routes.map((route) => [formatTableName(route), route]));
  const commands = followCommands(options);
  const runner = new SnapshotRunner({
    stream: {
      ...{ windows, passage, outlet, format, database: journal.state.database, epoch: journal.state.epoch },
      budget: new ChunkBudget(() => windows.notify()),
    },
    ...{ tables: [...routes.keys()], identities: source.identities, store: journal, onRunning, logger },
    parallel: names.snapshot.parallel,
    readCommands: () => commands.current?.read() ?? [],
    openReader: (table, signal) => {
      const route = routes.get(table);
      if (route === undefined) throw new RangeError(`${table} isn't captured`);
      return PostgresTableReader.open(address, route, signal);
    },
    onRows: (table, read, sent) => {
      metrics.snapshotRows.inc({ table }, read);
      metrics.events.inc({ table, op: "r" }, sent);
    },
  });
  runner.run(life.signal).catch((error: unknown) => life.fail(error as Error));
  return runner;
}

/** Joining the topic takes a while, and nothing has to wait for it. */
function followCommands({ kafka, names, life, logger }: SessionSnapshotsOptions): { current: SnapshotCommands | null } {
  const commands: { current: SnapshotCommands | null } = { current: null };
  kafka.openCommands(life.signal).then(
    (topic) => {
      // Leaving it takes a while too.
      life.onClose(() => void topic.close().catch(() => undefined));
      commands.current = new SnapshotCommands(topic, names.slot, logger);
    },
    (error: unknown) => {
      if (!life.signal.aborted) life.fail(error as Error);
    },
  );
  return commands;
}
