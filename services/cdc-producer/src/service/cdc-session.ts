import type { SourceState } from "@freshet/schemas/service-state";
import { Acknowledgements } from "../acknowledgements.js";
import { ChangeReader } from "../events/change-reader.js";
import type { EventFormat } from "../events/event-format.js";
import { eventFormat } from "../events/event-formats.js";
import type { ReplicationStream } from "../postgres/replication-stream.js";
import { formatLsn, parseLsn } from "@freshet/postgres/lsn";
import { readWalEnd } from "@freshet/postgres/server-catalogue";
import { formatTableName } from "@freshet/process/table-name";
import { ChunkWindows } from "../snapshot/chunk-windows.js";
import type { RunningSnapshot, SnapshotRunner } from "../snapshot/snapshot-runner.js";
import { ReplayedHistory, type CommitMark } from "../slot/replayed-history.js";
import { openSource, type Source } from "./open-source.js";
import { SessionFrame } from "./session-frame.js";
import type { SessionOutlet } from "./session-outlet.js";
import { startSnapshots } from "./session-snapshots.js";
import type { SourceSession, SourceSessionOptions } from "./source-session.js";
import type { StateJournal } from "./state-journal.js";
import { streamChanges } from "./streaming.js";

const STATUS_INTERVAL_MS = 10_000;
/** Decoded rows take several times as much, and what waits longer outlives the young generation. */
const MAX_PENDING_BYTES = 256 * 1024;

/** One stretch of reading a source: from the lease to the stream and the snapshots beside it, until something breaks. */
export class CdcSession implements SourceSession {
  readonly #options: SourceSessionOptions;
  readonly #frame: SessionFrame;
  readonly #format: EventFormat;
  #stream: ReplicationStream | null = null;
  #history: ReplayedHistory | null = null;
  #snapshots: SnapshotRunner | null = null;

  constructor(options: SourceSessionOptions) {
    this.#options = options;
    this.#frame = new SessionFrame({ ...options, onStandby: () => options.onPhase("standby") });
    this.#format = eventFormat(options.source.format);
  }

  get deliveryError(): Error | null {
    return this.#frame.deliveryError;
  }

  get snapshots(): readonly RunningSnapshot[] {
    return this.#snapshots?.running ?? [];
  }

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
      if (!stop.aborted) await this.#frame.report(error as Error, hasSlot);
      throw error;
    } finally {
      stop.removeEventListener("abort", giveUp);
      await life.close();
    }
  }

  async #work(stop: AbortSignal): Promise<void> {
    const { metrics } = this.#options;
    const outlet = await this.#frame.openOutlet(async (session) => metrics.walEnd(await readWalEnd(session)));
    const openJournal = (initial: SourceState) => this.#openJournal(outlet, initial);
    const source = await openSource({ ...this.#options, outlet, openJournal, lease: this.#frame.lease });
    await this.#streamChanges(source, outlet, stop);
    await this.#frame.drain(source.journal, outlet);
  }

  #openJournal(outlet: SessionOutlet, initial: SourceState): StateJournal {
    return this.#frame.openJournal(outlet, initial, ({ confirmedLsn }) => {
      const lsn = parseLsn(confirmedLsn);
      this.#options.metrics.confirmed(lsn);
      if (this.#history?.isProved) this.#stream?.confirm(lsn);
    });
  }

  async #streamChanges(source: Source, outlet: SessionOutlet, stop: AbortSignal): Promise<void> {
    const { journal, replication, catalogue, senderTimeoutMs, address, slotLsn } = source;
    const { source: names, timing, metrics, life, logger } = this.#options;
    const silenceLimitMs = senderTimeoutMs > 0 ? senderTimeoutMs : timing.silenceLimitMs;
    const { database, epoch, confirmedLsn } = journal.state;
    const confirmed = parseLsn(confirmedLsn);
    const last = lastCommit(journal.state);
    const history = new ReplayedHistory({ address, from: slotLsn, confirmed, last });
    const stream = await replication.stream({
      ...{ slot: names.slot, publication: names.publication, startLsn: slotLsn, silenceLimitMs },
      statusIntervalMs: Math.min(STATUS_INTERVAL_MS, silenceLimitMs / 3),
      maxPendingBytes: MAX_PENDING_BYTES,
    });
    this.#stream = stream;
    this.#history = history;
    life.onClose(() => stream.stop());
    await source.checkSlot();
    const acknowledgements = new Acknowledgements({ confirmed, last }, (lsn, commit) =>
      journal.update({ confirmedLsn: formatLsn(lsn), lastCommit: commit && toLastCommit(commit) }),
    );
    const windows = new ChunkWindows(confirmed);
    const reader = new ChangeReader({
      ...{ database, epoch, catalogue, outlet, history, acknowledgements, observer: windows, format: this.#format },
      onEvent: (table, op) => metrics.events.inc({ table: formatTableName(table), op }),
      onIgnored: (relation) =>
        logger.warn(
          { table: formatTableName(relation) },
          "changes of a table that is not among source.tables are left out",
        ),
    });
    logger.info({ slot: names.slot, from: confirmedLsn }, "streaming changes");
    journal.update({ lastError: null, lastErrorCode: null });
    this.#snapshots = await startSnapshots({
      ...{ ...this.#options, names, source, stream, windows, outlet, format: this.#format },
      onRunning: (running) => this.#entered(running > 0 ? "snapshot" : "streaming", journal),
    });
    await streamChanges({ stream, reader, history, acknowledgements, windows, outlet }, stop);
  }

  #entered(phase: "snapshot" | "streaming", journal: StateJournal): void {
    const { life, onPhase } = this.#options;
    if (life.signal.aborted) return;
    if (journal.state.phase !== phase) journal.update({ phase });
    onPhase(phase);
  }
}

function lastCommit({ lastCommit }: SourceState): CommitMark | null {
  return lastCommit && { ...lastCommit, commitLsn: parseLsn(lastCommit.lsn) };
}

function toLastCommit({ commitLsn, xid, committedAt }: CommitMark): SourceState["lastCommit"] {
  return { lsn: formatLsn(commitLsn), xid, committedAt };
}

/** Before there is a slot there must be no state that knows of one. */
function hasSlot({ confirmedLsn }: SourceState): boolean {
  return parseLsn(confirmedLsn) > 0n;
}
