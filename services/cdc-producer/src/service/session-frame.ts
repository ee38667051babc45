import { explainSourceError, SourceError } from "@freshet/postgres/errors";
import type { Session } from "@freshet/postgres/session";
import type { SourceState } from "@freshet/schemas/service-state";
import { delay } from "@freshet/streaming/back-off";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { RequestGate } from "@freshet/streaming/request-gate";
import { Lease, LeaseLostError } from "../postgres/lease.js";
import type { CdcOptions } from "./cdc-options.js";
import type { SessionLife } from "./session-life.js";
import { SessionOutlet } from "./session-outlet.js";
import { StateJournal } from "./state-journal.js";

export interface SessionFrameOptions extends Pick<CdcOptions, "address" | "source" | "kafka" | "logger" | "timing"> {
  readonly life: SessionLife;
  readonly onStandby: () => void;
}

const REPORT_TIMEOUT_MS = 2_000;
/** Postgres quotes values in its messages, and those may be large. */
const MAX_MESSAGE_LENGTH = 1_000;

/** What every session has, however it reads its source: the lease, the way to Kafka, the stored state. */
export class SessionFrame {
  readonly #options: SessionFrameOptions;
  #channel: DeliveryChannel | null = null;
  #lease: Lease | null = null;
  #journal: StateJournal | null = null;

  constructor(options: SessionFrameOptions) {
    this.#options = options;
  }

  /** What keeps records from Kafka just now. */
  get deliveryError(): Error | null {
    return this.#channel?.lastError ?? null;
  }

  /** To be asked before anything is changed that the next holder may have made. */
  get lease(): RequestGate {
    if (this.#lease === null) throw new Error("the lease comes with the outlet");
    return this.#lease;
  }

  /** Waits until no other instance reads the source. @param heartbeat what the server is asked now and then. */
  async openOutlet(heartbeat: (session: Session) => Promise<unknown>): Promise<SessionOutlet> {
    const { kafka, life } = this.#options;
    const lease = await this.#acquireLease(heartbeat);
    const channel = await kafka.openChannel(lease);
    this.#channel = channel;
    // What is queued belongs to this session: it comes again in the next, and must not be sent after it.
    life.onClose(() => channel.close(0));
    life.watch(channel.failed);
    const outlet = new SessionOutlet(channel);
    life.onClose(() => outlet.close());
    return outlet;
  }

  openJournal(
    outlet: SessionOutlet,
    initial: SourceState,
    onStored: (state: SourceState) => void = () => undefined,
  ): StateJournal {
    const { timing, life } = this.#options;
    const journal = new StateJournal({
      ...{ outlet, initial, intervalMs: timing.stateIntervalMs, idleIntervalMs: timing.stateIdleIntervalMs, onStored },
      onFailure: (error) => life.fail(error),
    });
    life.onClose(() => journal.close());
    this.#journal = journal;
    return journal;
  }

  /** What was read goes to Kafka, and then as much as possible is stored, so that little comes again. */
  async drain(journal: StateJournal, outlet: SessionOutlet): Promise<void> {
    await this.#within(this.#options.timing.drainTimeoutMs, async () => {
      await outlet.flush();
      journal.update({ phase: "stopped" });
      await journal.stored();
    });
  }

  /** Writes down why the session ended, for `freshet status`. @param hasBegun whether there is a state to write. */
  async report(error: Error, hasBegun: (state: SourceState) => boolean): Promise<void> {
    const [journal, lease] = [this.#journal, this.#lease];
    if (journal === null || lease === null || error instanceof LeaseLostError || !hasBegun(journal.state)) return;
    await this.#within(REPORT_TIMEOUT_MS, async () => {
      const explained = explainSourceError(error);
      const lastErrorCode = explained instanceof SourceError ? explained.code : null;
      const lastError = explained.message.slice(0, MAX_MESSAGE_LENGTH);
      journal.update({ phase: "stopped", lastError, lastErrorCode });
      // Nothing can be written without the lease, which often goes with the connection that broke.
      await Promise.race([journal.stored(), lease.lost]);
    });
  }

  async #acquireLease(heartbeat: (session: Session) => Promise<unknown>): Promise<Lease> {
    const { address, source, timing, life, logger, onStandby } = this.#options;
    let waiting = false;
    const lease = await Lease.acquire(address, {
      slot: source.slot,
      idleTimeoutMs: timing.leaseTimeoutMs,
      pollIntervalMs: timing.leasePollMs,
      onWaiting: () => {
        if (!waiting) logger.info({ slot: source.slot }, "another instance reads the source: waiting as hot standby");
        waiting = true;
        onStandby();
      },
      heartbeat,
      signal: life.signal,
    });
    life.onRelease(() => lease.release());
    life.watch(lease.lost);
    this.#lease = lease;
    return lease;
  }

  async #within(ms: number, work: () => Promise<void>): Promise<void> {
    const timer = new AbortController();
    const working = work().catch((error: unknown) => this.#options.logger.debug({ error }, "could not finish in time"));
    await Promise.race([working, delay(ms, timer.signal).catch(() => undefined)]);
    timer.abort();
  }
}
