import { Session } from "@freshet/postgres/session";
import type { SourceState } from "@freshet/schemas/service-state";
import { RetriableError } from "@freshet/streaming/errors";
import type { RecordOutlet } from "../events/record-outlet.js";
import { readPolledServer, warnOfUnreadSlot } from "../postgres/polled-server.js";
import { PostgresPollReader } from "../postgres/postgres-poll-reader.js";
import type { TableRoute } from "../postgres/source-catalogue.js";
import { forgetAcceptance } from "../service/accept-source.js";
import type { CdcOptions } from "../service/cdc-options.js";
import { prepareTopics } from "../service/prepare-topics.js";
import type { SessionLife } from "../service/session-life.js";
import { SnapshotCommands } from "../service/snapshot-commands.js";
import { readSourceStates } from "../service/source-progress.js";
import type { StateJournal } from "../service/state-journal.js";
import { findAcceptance } from "../slot/acceptance.js";
import { hasMoved, polledState } from "./polled-identity.js";
import type { PollReader } from "./poll-reader.js";

export interface OpenPolledSource {
  readonly journal: StateJournal;
  readonly reader: PollReader;
  readonly routes: readonly TableRoute[];
  readonly commands: SnapshotCommands;
}

export interface OpenPolledSourceOptions extends Pick<
  CdcOptions,
  "address" | "source" | "partitions" | "kafka" | "logger"
> {
  readonly life: SessionLife;
  readonly outlet: RecordOutlet;
  readonly openJournal: (initial: SourceState) => StateJournal;
}

/** The other tables wait meanwhile; one that is locked for longer has its turn with the next interval. */
const LOCK_TIMEOUT_MS = 2_000;

/** @throws {FatalError} when a person has to act. */
export async function openPolledSource(options: OpenPolledSourceOptions): Promise<OpenPolledSource> {
  const { address, source, partitions, kafka, logger, life, outlet } = options;
  const topics = await kafka.openTopics();
  const routes = await prepareTopics(topics, { tables: source.tables, partitions, logger }).finally(() =>
    topics.close(),
  );
  const [entries, commands] = await Promise.all([kafka.readStates(life.signal), kafka.openCommands(life.signal)]);
  // Leaving takes a while, and nobody has to wait for it.
  life.onClose(() => void commands.close().catch(() => undefined));
  const states = readSourceStates(entries);
  const stored = states.find(({ slot }) => slot === source.slot) ?? null;

  const session = await Session.open(address, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  life.onClose(() => session.close());
  void session.ended.then((reason) =>
    life.fail(new RetriableError(`The connection to Postgres ended: ${reason.message}.`, { cause: reason })),
  );
  life.signal.throwIfAborted();
  // What a filter says, or a condition that was asked for, can't write.
  await session.rows("SET default_transaction_read_only = on");
  const seen = await readPolledServer(session);
  const command = findAcceptance(commands.entries, source.slot);
  const { slot, publication } = source;
  const others = states.filter((state) => state !== stored);
  const state = polledState({ slot, publication, seen, stored, others, command });
  if (state.epoch === stored?.epoch && hasMoved(stored, seen)) {
    logger.warn(
      { timeline: seen.timeline, before: stored.timeline },
      "the database was restored or failed over: rows that were polled may differ from what it has now; `freshet verify` " +
        "finds them, or `freshet source accept` and a new start read every table anew",
    );
  }
  await warnOfUnreadSlot(session, slot, logger);
  const journal = options.openJournal(state);
  journal.update({ phase: "starting", lastError: null, lastErrorCode: null });
  await journal.stored();
  if (command !== null) forgetAcceptance(command, outlet);
  return {
    journal,
    routes,
    reader: new PostgresPollReader(session, source.format),
    commands: new SnapshotCommands(commands, slot, logger),
  };
}
