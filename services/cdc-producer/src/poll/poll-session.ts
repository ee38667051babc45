import { Bell } from "@freshet/streaming/bell";
import { eventFormat } from "../events/event-formats.js";
import type { SessionOutlet } from "../service/session-outlet.js";
import { SessionFrame } from "../service/session-frame.js";
import type { SourceSession, SourceSessionOptions } from "../service/source-session.js";
import type { RunningSnapshot } from "../snapshot/snapshot-runner.js";
import { SnapshotRecords } from "../snapshot/snapshot-records.js";
import { answerCommands } from "./answer-commands.js";
import { openPolledSource, type OpenPolledSource } from "./open-polled-source.js";
import { RoundStoppedError } from "./polling-round.js";
import { TablePoller } from "./table-poller.js";
import { TableTurn } from "./table-turn.js";

/** Commands are in memory: looking costs nothing. */
const COMMANDS_POLL_MS = 500;
/** Of all tables together. */
const MAX_SEEN_BYTES = 48 * 1024 * 1024;

/** One stretch of polling a source, from the lease until something breaks. */
export class PollSession implements SourceSession {
  readonly #options: SourceSessionOptions;
  readonly #frame: SessionFrame;
  #pollers: readonly TablePoller[] = [];

  constructor(options: SourceSessionOptions) {
    this.#options = options;
    const { onPhase, polling } = options;
    const onStandby = () => {
      polling.requests.close("another instance polls the source");
      onPhase("standby");
    };
    this.#frame = new SessionFrame({ ...options, onStandby });
  }

  get deliveryError(): Error | null {
    return this.#frame.deliveryError;
  }

  get snapshots(): readonly RunningSnapshot[] {
    return this.#pollers.flatMap(({ label, loading }) => (loading === null ? [] : [{ table: label, ...loading }]));
  }

  async run(stop: AbortSignal): Promise<void> {
    const { life, polling, timing } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const giveUp = () => {
      // What is being read then is stored; what comes before it has nothing to save.
      const patience = this.#pollers.length > 0 ? timing.drainTimeoutMs : 0;
      timer = setTimeout(() => life.fail(new Error("stopped before all was stored")), patience);
    };
    stop.addEventListener("abort", giveUp, { once: true });
    try {
      await life.run(() => this.#work());
      polling.requests.close("the service is stopping");
    } catch (error) {
      polling.requests.close((error as Error).message);
      if (!stop.aborted) await this.#frame.report(error as Error, () => true);
      throw error;
    } finally {
      stop.removeEventListener("abort", giveUp);
      clearTimeout(timer);
      polling.metrics.forget();
      await life.close();
    }
  }

  async #work(): Promise<void> {
    const outlet = await this.#frame.openOutlet((session) => session.row("SELECT 1"));
    const source = await openPolledSource({
      ...this.#options,
      outlet,
      openJournal: (initial) => this.#frame.openJournal(outlet, initial),
    });
    const records = this.#openPollers(source, outlet);
    try {
      await this.#poll(source, { records, outlet });
    } catch (error) {
      // A round that was in the middle of it.
      if (!(error instanceof RoundStoppedError)) throw error;
    }
    await this.#frame.drain(source.journal, outlet);
  }

  #openPollers({ journal, reader, routes, commands }: OpenPolledSource, outlet: SessionOutlet): SnapshotRecords {
    const { source, metrics, life, logger } = this.#options;
    const identities = new Map<string, string>();
    const records = new SnapshotRecords(journal, identities);
    this.#pollers = routes.map(
      (route) =>
        new TablePoller({
          ...{ route, reader, journal, records, identities, outlet, format: eventFormat(source.format), logger },
          overlapSeconds: source.poll.overlapSeconds,
          maxSeenBytes: MAX_SEEN_BYTES / routes.length,
          signal: life.signal,
          readCommands: () => commands.read(),
          onEvent: (table, op) => metrics.events.inc({ table, op }),
          onRowsRead: (table, rows) => metrics.snapshotRows.inc({ table }, rows),
        }),
    );
    return records;
  }

  async #poll(source: OpenPolledSource, parts: { records: SnapshotRecords; outlet: SessionOutlet }): Promise<void> {
    const { source: options, polling, life, logger } = this.#options;
    const { requests, metrics } = polling;
    const { signal } = life;
    const bell = new Bell();
    const intervalMs = options.poll.intervalSeconds * 1000;
    const labels = this.#pollers.map(({ label }) => label);
    const turns = this.#pollers.map(
      (poller) => new TableTurn({ poller, requests, metrics, intervalMs, signal, logger }),
    );
    for (const turn of turns) await turn.begin();
    signal.throwIfAborted();
    requests.open(labels, () => bell.ring());
    logger.info({ slot: options.slot, tables: labels, intervalSeconds: options.poll.intervalSeconds }, "polling");
    const answering = { ...source, ...parts, logger, answered: new Set<string>() };
    const isOver = () => signal.aborted;
    while (!isOver()) {
      await answerCommands(labels, answering);
      let wait = COMMANDS_POLL_MS;
      for (const turn of turns) {
        wait = Math.min(wait, await turn.take());
        if (isOver()) return;
      }
      this.#entered(source);
      const isAsked = labels.some((label) => requests.isAsked(label));
      if (wait > 0 && !isAsked) await bell.wait({ timeoutMs: wait, signal });
    }
  }

  #entered({ journal }: OpenPolledSource): void {
    const isLoading = this.#pollers.some(({ loading }) => loading !== null);
    const phase = isLoading ? "snapshot" : "polling";
    if (journal.state.phase !== phase) journal.update({ phase });
    this.#options.onPhase(isLoading ? "snapshot" : "streaming");
  }
}
