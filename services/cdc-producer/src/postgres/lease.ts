import { createHash } from "node:crypto";
import { delay } from "@freshet/streaming/back-off";
import { RetriableError } from "@freshet/streaming/errors";
import type { RequestGate } from "@freshet/streaming/request-gate";
import { Session, type PostgresAddress } from "@freshet/postgres/session";

export interface LeaseOptions {
  /** Names the source: the replication slot, or what a polled source's progress is stored under. */
  readonly slot: string;
  /** How long a holder that says nothing keeps the lease, in ms: after it, the server gives it to another. */
  readonly idleTimeoutMs: number;
  /** How often a waiting instance asks, in ms. */
  readonly pollIntervalMs: number;
  readonly onWaiting: () => void;
  /** Asks the server something, as a sign of life; what it is worth asking is the session's to say. */
  readonly heartbeat: (session: Session) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/** Another instance may read the source now: nothing may be produced any more. */
export class LeaseLostError extends RetriableError {
  override readonly name = "LeaseLostError";
}

const HEARTBEATS_PER_TIMEOUT = 6;

/**
 * At most one instance reads a source: an advisory lock (which a standby has too, of its own), held by a connection that the server ends when it hears nothing
 * from it. A holder that was frozen finds by its own clock that this may have happened, before it does anything.
 */
export class Lease implements RequestGate {
  readonly #session: Session;
  readonly #idleTimeoutMs: number;
  readonly #heartbeat: LeaseOptions["heartbeat"];
  /** When the last answered heartbeat was sent: the server counts from a later moment. */
  #alive = performance.now();
  #loss: LeaseLostError | null = null;
  #beating = false;
  readonly #timer: NodeJS.Timeout;
  #lose: (error: LeaseLostError) => void = () => undefined;
  /** Never resolves. @throws {LeaseLostError} */
  readonly lost: Promise<never>;

  private constructor(session: Session, { idleTimeoutMs, heartbeat }: LeaseOptions) {
    this.#session = session;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#heartbeat = heartbeat;
    this.lost = new Promise((_, reject) => {
      this.#lose = reject;
    });
    this.lost.catch(() => undefined);
    void session.ended.then((reason) => this.#end(`its connection ended (${reason.message})`));
    this.#timer = setInterval(() => void this.#beat(), idleTimeoutMs / HEARTBEATS_PER_TIMEOUT);
  }

  /** Waits until no other instance holds it. */
  static async acquire(address: PostgresAddress, options: LeaseOptions): Promise<Lease> {
    const { slot, idleTimeoutMs, pollIntervalMs, onWaiting, signal } = options;
    const session = await Session.open(address, { idleTimeoutMs });
    try {
      const key = leaseKey(slot, session.client.database ?? "");
      for (;;) {
        signal.throwIfAborted();
        const asked = performance.now();
        const [granted] = await session.row("SELECT pg_catalog.pg_try_advisory_lock($1)", [key]);
        if (granted === "t") {
          const lease = new Lease(session, options);
          lease.#alive = asked;
          return lease;
        }
        onWaiting();
        await delay(pollIntervalMs, signal);
      }
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /**
   * Before anything is produced, with the time in ms that it may take.
   *
   * @throws {LeaseLostError} when another instance may hold the lease before that is over.
   */
  check(requestTimeoutMs: number): void {
    this.#checkClock(requestTimeoutMs);
    if (this.#loss !== null) throw this.#loss;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#session.close();
  }

  async #beat(): Promise<void> {
    this.#checkClock();
    if (this.#beating || this.#loss !== null) return;
    this.#beating = true;
    const sent = performance.now();
    try {
      await this.#heartbeat(this.#session);
      this.#alive = sent;
    } catch (error) {
      this.#end((error as Error).message);
    } finally {
      this.#beating = false;
    }
  }

  #checkClock(requestTimeoutMs = 0): void {
    if (performance.now() - this.#alive >= this.#idleTimeoutMs - requestTimeoutMs) this.#end("its heartbeat stopped");
  }

  #end(reason: string): void {
    this.#loss ??= new LeaseLostError(`The lease of the source was lost: ${reason}.`);
    clearInterval(this.#timer);
    this.#lose(this.#loss);
  }
}

/** Advisory locks are named by 64 bits, and belong to one database. */
function leaseKey(slot: string, database: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify(["freshet", database, slot]))
    .digest();
  return String(hash.readBigInt64BE());
}
