import { checkTables, type CheckedTable } from "@freshet/postgres/checked-tables";
import { parseLsn } from "@freshet/postgres/lsn";
import { preparePublication } from "@freshet/postgres/publication-catalogue";
import { checkServer, endStaleReader, readSlot, readWalSenderTimeoutMs } from "@freshet/postgres/server-catalogue";
import { Session } from "@freshet/postgres/session";
import { readTableIdentities } from "@freshet/postgres/table-identity";
import type { SourceState } from "@freshet/schemas/service-state";
import type { AcceptCommand } from "@freshet/schemas/source-command";
import { RetriableError } from "@freshet/streaming/errors";
import type { RequestGate } from "@freshet/streaming/request-gate";
import type { RecordOutlet } from "../events/record-outlet.js";
import { ReplicationSession, type SystemIdentity } from "../postgres/replication-session.js";
import { PostgresSourceCatalogue, type TableRoute } from "../postgres/source-catalogue.js";
import { findAcceptance, isPending } from "../slot/acceptance.js";
import { checkIdentity, checkOwner } from "../slot/source-identity.js";
import type { CdcOptions } from "./cdc-options.js";
import { acceptSource, forgetAcceptance } from "./accept-source.js";
import { makeSlot } from "./make-slot.js";
import { prepareTopics } from "./prepare-topics.js";
import type { SessionLife } from "./session-life.js";
import { keptSnapshots, newSourceState, readSourceStates, resumedSourceState } from "./source-progress.js";
import { startWatch } from "./start-watch.js";
import type { StateJournal } from "./state-journal.js";

/** A source that has been found to be what it should be, with its publication and its slot. */
export interface Source {
  readonly journal: StateJournal;
  readonly replication: ReplicationSession;
  readonly catalogue: PostgresSourceCatalogue;
  readonly routes: readonly TableRoute[];
  /** By `schema.table`: what a run of its snapshot is good for. */
  readonly identities: ReadonlyMap<string, string>;
  /** `host:port/database`, for messages. */
  readonly address: string;
  /** Where the slot stands; what was confirmed may be above it. */
  readonly slotLsn: bigint;
  /**
   * To be asked once the slot is read, when nobody can drop it and make it anew any more.
   *
   * @throws {SourceError} when it isn't where it was left.
   */
  readonly checkSlot: () => Promise<void>;
  /** Of the server; 0: it waits for ever. */
  readonly senderTimeoutMs: number;
}

export interface OpenSourceOptions extends Pick<
  CdcOptions,
  "address" | "source" | "partitions" | "kafka" | "metrics" | "logger" | "timing"
> {
  readonly life: SessionLife;
  readonly outlet: RecordOutlet;
  readonly lease: RequestGate;
  readonly openJournal: (initial: SourceState) => StateJournal;
}

/**
 * Each step can be taken again: whatever it finds done stays, and an interruption between any two leaves nothing that
 * the next start would take for something else.
 *
 * @throws {FatalError} when a person has to act.
 */
export async function openSource(options: OpenSourceOptions): Promise<Source> {
  const { address, source, kafka, timing, life, logger, outlet } = options;
  const routes = await openRoutes(options);
  const [entries, command] = await Promise.all([kafka.readStates(life.signal), readAcceptance(options)]);
  const states = readSourceStates(entries);
  const session = await openCatalogueSession(options);
  life.signal.throwIfAborted();
  await checkServer(session);
  const tables = await checkTables(session, source.tables);
  await endStaleReader(session, source.slot);
  const replication = await ReplicationSession.open(address, timing.slotTimeoutMs);
  life.onClose(() => replication.close());
  life.signal.throwIfAborted();

  const identity = await replication.identify();
  // A source that was only polled knows of no slot.
  const stored = states.find(({ slot, confirmedLsn }) => slot === source.slot && parseLsn(confirmedLsn) > 0n) ?? null;
  const others = states.filter((state) => state !== stored);
  const seen = { ...identity, address: session.address, slot: await readSlot(session, source.slot) };
  const accepted = command !== null && stored !== null && isPending(command, stored) ? { command, stored } : null;
  const journal = options.openJournal(
    stored === null ? newSourceState({ ...source, identity }, others) : resumedSourceState(stored, others),
  );
  if (accepted) checkOwner(source.slot, seen);
  else checkIdentity(source.slot, stored, seen);
  // The publication first: a slot can't be read past changes made before there was one.
  await publish(session, options, { tables, otherSlots: slotsOf(others, source.publication, identity) });
  const slot = { name: source.slot, seen: seen.slot, replication, lease: options.lease, journal };
  if (accepted) await acceptSource({ ...accepted, ...slot, others, identity, logger });
  else if (stored === null) await makeSlot(slot);
  if (command !== null) forgetAcceptance(command, outlet);
  const identities = await readTableIdentities(session, source);
  const { publication } = source;
  journal.update({ publication, snapshots: keptSnapshots(journal.state.snapshots, identities) });
  startWatch({ ...options, journal, identities });
  const confirmed = parseLsn(journal.state.confirmedLsn);
  return {
    ...{ journal, replication, routes, identities, address: session.address },
    // A slot that was made just now stands where it is confirmed.
    slotLsn: stored === null || accepted !== null ? confirmed : (seen.slot?.confirmedLsn ?? confirmed),
    checkSlot: async () => {
      const now = { ...seen, walEnd: confirmed, slot: await readSlot(session, source.slot) };
      checkIdentity(source.slot, journal.state, now);
    },
    catalogue: await PostgresSourceCatalogue.open(session, routes, life.signal),
    senderTimeoutMs: await readWalSenderTimeoutMs(session),
  };
}

/** @param otherSlots that read the same publication. */
async function publish(
  session: Session,
  { source, logger }: OpenSourceOptions,
  { tables, otherSlots }: { readonly tables: readonly CheckedTable[]; readonly otherSlots: readonly string[] },
): Promise<void> {
  const wanted = { publication: source.publication, otherSlots, tables };
  const { others, withoutOthers } = await preparePublication(session, wanted, ({ owner, differences, statements }) => {
    if (owner === null) logger.info({ statements }, "the publication is made");
    else logger.warn({ differences, statements }, "the publication isn't as configured, and is changed");
  });
  if (others.length === 0 || otherSlots.length > 0) return;
  logger.warn(
    { tables: others, sql: withoutOthers },
    "the publication has tables that aren't captured: their changes are sent by the server, and left out here",
  );
}

function slotsOf(states: readonly SourceState[], publication: string, identity: SystemIdentity): string[] {
  const { database, systemIdentifier } = identity;
  const same = states.filter((state) => state.database === database && state.systemIdentifier === systemIdentifier);
  return same.filter((state) => state.publication === publication).map(({ slot }) => slot);
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

async function readAcceptance({ kafka, source, life }: OpenSourceOptions): Promise<AcceptCommand | null> {
  const commands = await kafka.openCommands(life.signal);
  // Leaving takes a while, and nobody has to wait for it.
  commands.close().catch(() => undefined);
  return findAcceptance(commands.entries, source.slot);
}
