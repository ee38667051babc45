import type { SourceState } from "@freshet/schemas/service-state";
import { RetriableError } from "@freshet/streaming/errors";
import { preparePublication } from "@freshet/postgres/publication-catalogue";
import { ReplicationSession } from "../postgres/replication-session.js";
import { checkServer, endStaleReader, readSlot, readWalSenderTimeoutMs } from "@freshet/postgres/server-catalogue";
import { Session } from "@freshet/postgres/session";
import { PostgresSourceCatalogue, type TableRoute } from "../postgres/source-catalogue.js";
import { checkTables } from "@freshet/postgres/table-catalogue";
import { formatLsn } from "@freshet/postgres/lsn";
import { checkIdentity } from "../slot/source-identity.js";
import type { CdcOptions } from "./cdc-options.js";
import { prepareTopics } from "./prepare-topics.js";
import type { SessionLife } from "./session-life.js";
import { keptSnapshots, newSourceState, readSourceStates, resumedSourceState } from "./source-progress.js";
import type { StateJournal } from "./state-journal.js";

/** A source that has been found to be what it should be, with its publication and its slot. */
export interface Source {
  readonly journal: StateJournal;
  readonly replication: ReplicationSession;
  readonly catalogue: PostgresSourceCatalogue;
  readonly routes: readonly TableRoute[];
  /** Of the server; 0: it waits for ever. */
  readonly senderTimeoutMs: number;
}

export interface OpenSourceOptions extends Pick<
  CdcOptions,
  "address" | "source" | "partitions" | "kafka" | "logger" | "timing"
> {
  readonly life: SessionLife;
  readonly openJournal: (initial: SourceState) => StateJournal;
}

/**
 * Each step can be taken again: whatever it finds done stays, and an interruption between any two leaves nothing that
 * the next start would take for something else.
 *
 * @throws {FatalError} when a person has to act.
 */
export async function openSource(options: OpenSourceOptions): Promise<Source> {
  const { address, source, kafka, timing, life } = options;
  const routes = await openRoutes(options);
  const states = readSourceStates(await kafka.readStates(life.signal));
  const session = await openCatalogueSession(options);
  life.signal.throwIfAborted();
  await checkServer(session);
  await checkTables(session, source.tables);
  await endStaleReader(session, source.slot);
  const replication = await ReplicationSession.open(address, timing.slotTimeoutMs);
  life.onClose(() => replication.close());
  life.signal.throwIfAborted();

  const identity = await replication.identify();
  const stored = states.find(({ slot }) => slot === source.slot) ?? null;
  const slot = await readSlot(session, source.slot);
  const others = states.filter((state) => state !== stored);
  const journal = options.openJournal(
    stored === null ? newSourceState({ ...source, identity }, others) : resumedSourceState(stored, others),
  );
  checkIdentity(source.slot, stored, { ...identity, address: session.address, slot });
  // The publication first: a slot can't be read past changes made before there was one.
  await preparePublication(session, source, async (unseen) => {
    // Before there is a slot there must be no state that knows of one.
    if (stored === null) return;
    const snapshots = keptSnapshots(stored.snapshots, source.tables, unseen);
    journal.update({ publication: source.publication, snapshots });
    await journal.stored();
  });
  if (stored === null) {
    const confirmed = slot?.confirmedLsn ?? (await replication.createSlot(source.slot)).consistentPoint;
    journal.update({ confirmedLsn: formatLsn(confirmed) });
    await journal.stored();
  }
  return {
    ...{ journal, replication, routes },
    catalogue: new PostgresSourceCatalogue(session, routes, life.signal),
    senderTimeoutMs: await readWalSenderTimeoutMs(session),
  };
}

async function openRoutes({ kafka, source, partitions, logger }: OpenSourceOptions): Promise<TableRoute[]> {
  const topics = await kafka.openTopics();
  try {
    return await prepareTopics(topics, { tables: source.tables, partitions, logger });
  } finally {
    await topics.close();
  }
}

async function openCatalogueSession({ address, life }: OpenSourceOptions): Promise<Session> {
  const session = await Session.open(address);
  life.onClose(() => session.close());
  void session.ended.then((reason) =>
    life.fail(new RetriableError(`The connection to Postgres ended: ${reason.message}.`, { cause: reason })),
  );
  return session;
}
