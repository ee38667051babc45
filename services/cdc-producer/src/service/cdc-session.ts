import type { SourceState } from "@freshet/schemas/service-state";
import { delay } from "@freshet/streaming/back-off";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import { Acknowledgements } from "../acknowledgements.js";
import { tableLabel } from "../events/captured-table.js";
import { ChangeReader } from "../events/change-reader.js";
import { ExportedSnapshotSource } from "../postgres/exported-snapshot.js";
import { Lease, LeaseLostError } from "../postgres/lease.js";
import type { ReplicationStream } from "../postgres/replication-stream.js";
import { formatLsn, parseLsn } from "@freshet/postgres/lsn";
import { takeSnapshot } from "../snapshot/snapshot.js";
import type { CdcOptions } from "./cdc-options.js";
import { SessionOutlet } from "./session-outlet.js";
import { openSource, type Source } from "./open-source.js";
import type { SessionLife } from "./session-life.js";
import { snapshotLsns, withoutSnapshot } from "./source-progress.js";
import { StateJournal } from "./state-journal.js";
import { streamChanges } from "./streaming.js";

export type SessionPhase = "standby" | "snapshot" | "streaming";

export interface CdcSessionOptions extends CdcOptions {
  readonly life: SessionLife;
  readonly onPhase: (phase: SessionPhase) => void;
}

const REPORT_TIMEOUT_MS = 2_000;
const STATUS_INTERVAL_MS = 10_000;
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/** One stretch of reading a source: from the lease through the snapshot to the stream, until something breaks. */
export class CdcSession {
  readonly #options: CdcSessionOptions;
  #channel: DeliveryChannel | null = null;
  #lease: Lease | null = null;
  #journal: StateJournal | null = null;
  #stream: ReplicationStream | null = null;

  constructor(options: CdcSessionOptions) {
    this.#options = options;
  }

  /** What keeps records from Kafka just now. */
  get deliveryError(): Error | null {
    return this.#channel?.lastError ?? null;
  }

  /** Resolves after a clean stop. @throws what broke. */
  async run(stop: AbortSignal): Promise<void> {
    const { life } = this.#options;
    const giveUp = () => {
      // A stream drains; what comes before it has nothing to save.
      if (this.#stream === null) life.fail(new Error("stopped before the stream began"));
    };
    stop.addEventListener("abort", giveUp, { once: true });
    try {
      await life.run(() => this.#work(stop));
    } catch (error) {
      if (!stop.aborted) await this.#report(error as Error);
      throw error;
    } finally {
      stop.removeEventListener("abort", giveUp);
      await life.close();
    }
  }

  async #work(stop: AbortSignal): Promise<void> {
    const lease = await this.#acquireLease();
    const outlet = await this.#openOutlet(lease);
    const openJournal = (initial: SourceState) => this.#openJournal(outlet, initial);
    const source = await openSource({ ...this.#options, openJournal });
    await this.#takeSnapshot(source, outlet);
    await this.#streamChanges(source, outlet, stop);
    await this.#drain(source, outlet);
  }

  async #acquireLease(): Promise<Lease> {
    const { address, source, timing, metrics, life, logger, onPhase } = this.#options;
    let waiting = false;
    const lease = await Lease.acquire(address, {
      slot: source.slot,
      idleTimeoutMs: timing.leaseTimeoutMs,
      pollIntervalMs: timing.leasePollMs,
      onWaiting: () => {
        if (!waiting) logger.info({ slot: source.slot }, "another instance reads the slot: waiting as hot standby");
        waiting = true;
        onPhase("standby");
      },
      onWalEnd: (walEnd) => metrics.walEnd(walEnd),
      signal: life.signal,
    });
    life.onClose(() => lease.release());
    life.watch(lease.lost);
    this.#lease = lease;
    return lease;
  }

  async #openOutlet(lease: Lease): Promise<SessionOutlet> {
    const { kafka, life } = this.#options;
    const channel = await kafka.openChannel(lease);
    this.#channel = channel;
    // What is queued belongs to this session: it comes again in the next, and must not be sent after it.
    life.onClose(() => channel.close(0));
    life.watch(channel.failed);
    const outlet = new SessionOutlet(channel);
    life.onClose(() => outlet.close());
    return outlet;
  }

  #openJournal(outlet: SessionOutlet, initial: SourceState): StateJournal {
    const { timing, metrics, life } = this.#options;
    const journal = new StateJournal({
      ...{ outlet, initial, intervalMs: timing.stateIntervalMs, idleIntervalMs: timing.stateIdleIntervalMs },
      onStored: ({ confirmedLsn }) => {
        const lsn = parseLsn(confirmedLsn);
        metrics.confirmed(lsn);
        this.#stream?.confirm(lsn);
      },
      onFailure: (error) => life.fail(error),
    });
    life.onClose(() => journal.close());
    this.#journal = journal;
    return journal;
  }

  async #takeSnapshot({ journal, replication, catalogue, routes }: Source, outlet: SessionOutlet): Promise<void> {
    const { address, metrics, life, logger, onPhase } = this.#options;
    const tables = withoutSnapshot(routes, journal.state.snapshots);
    if (tables.length === 0) return;
    const exported = new ExportedSnapshotSource({ address, replication, catalogue, routes, signal: life.signal });
    await takeSnapshot({
      source: {
        open: async (pending) => {
          const snapshot = await exported.open(pending);
          journal.update({ phase: "snapshot", lastError: null });
          onPhase("snapshot");
          return snapshot;
        },
      },
      ...{ tables, outlet, logger, signal: life.signal },
      database: journal.state.database,
      epoch: journal.state.epoch,
      progress: {
        report: (label, progress) => journal.update({ snapshots: { ...journal.state.snapshots, [label]: progress } }),
        stored: () => journal.stored(),
      },
      onRows: (table, rows) => {
        metrics.snapshotRows.inc({ table: tableLabel(table) }, rows);
        metrics.events.inc({ table: tableLabel(table), op: "r" }, rows);
      },
    });
  }

  async #streamChanges(source: Source, outlet: SessionOutlet, stop: AbortSignal): Promise<void> {
    const { journal, replication, catalogue, senderTimeoutMs } = source;
    const { source: names, timing, metrics, life, logger, onPhase } = this.#options;
    const silenceLimitMs = senderTimeoutMs > 0 ? senderTimeoutMs : timing.silenceLimitMs;
    const { database, epoch, confirmedLsn, snapshots } = journal.state;
    const startLsn = parseLsn(confirmedLsn);
    const stream = await replication.stream({
      ...{ slot: names.slot, publication: names.publication, startLsn, silenceLimitMs },
      statusIntervalMs: Math.min(STATUS_INTERVAL_MS, silenceLimitMs / 3),
      maxPendingBytes: MAX_PENDING_BYTES,
    });
    this.#stream = stream;
    life.onClose(() => stream.stop());
    const acknowledgements = new Acknowledgements(startLsn, (lsn) => journal.update({ confirmedLsn: formatLsn(lsn) }));
    const reader = new ChangeReader({
      ...{ database, epoch, catalogue, outlet, acknowledgements, snapshotLsns: snapshotLsns(snapshots) },
      onEvent: (table, op) => metrics.events.inc({ table: tableLabel(table), op }),
      onIgnored: (relation) =>
        logger.warn({ table: tableLabel(relation) }, "changes of a table that is not among source.tables are left out"),
    });
    journal.update({ phase: "streaming", lastError: null });
    onPhase("streaming");
    logger.info({ slot: names.slot, from: confirmedLsn }, "streaming changes");
    await streamChanges({ stream, reader, acknowledgements, outlet }, stop);
  }

  /** What was read goes to Kafka, and then as much as possible is confirmed, so that little comes again. */
  async #drain({ journal }: Source, outlet: SessionOutlet): Promise<void> {
    await this.#within(this.#options.timing.drainTimeoutMs, async () => {
      await outlet.flush();
      journal.update({ phase: "stopped" });
      await journal.stored();
    });
  }

  /** Writes down why the session ended, for `freshet status`. */
  async #report(error: Error): Promise<void> {
    const [journal, lease] = [this.#journal, this.#lease];
    if (journal === null || lease === null || error instanceof LeaseLostError) return;
    // Before there is a slot there must be no state that knows of one.
    if (parseLsn(journal.state.confirmedLsn) === 0n) return;
    await this.#within(REPORT_TIMEOUT_MS, async () => {
      journal.update({ phase: "stopped", lastError: error.message });
      // Nothing can be written without the lease, which often goes with the connection that broke.
      await Promise.race([journal.stored(), lease.lost]);
    });
  }

  async #within(ms: number, work: () => Promise<void>): Promise<void> {
    const timer = new AbortController();
    const working = work().catch((error: unknown) => this.#options.logger.debug({ error }, "could not finish in time"));
    await Promise.race([working, delay(ms, timer.signal).catch(() => undefined)]);
    timer.abort();
  }
}
