import { performance } from "node:perf_hooks";
import { Bell } from "../bell.js";
import { FatalError, FencedError } from "../errors.js";
import type { RequestGate } from "../request-gate.js";

/** One moment on both clocks: the monotonic one stands still while a virtual machine is suspended, the other may be set. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export type Clock = () => Instant;

export const systemClock: Clock = () => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** The longer of both answers: being fenced too early costs one heartbeat, too late costs a stale write. */
export function elapsedMs(since: Instant, now: Instant): number {
  return Math.max(now.monotonicMs - since.monotonicMs, now.wallMs - since.wallMs);
}

export interface FenceQuestion {
  /** Since the last heartbeat that succeeded was sent; null before the first. */
  readonly sinceHeartbeatMs: number | null;
  readonly sessionTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** Whether a request that starts now is over, one way or the other, before the broker may give this member up. */
export function mayStart({ sinceHeartbeatMs, sessionTimeoutMs, requestTimeoutMs }: FenceQuestion): boolean {
  return sinceHeartbeatMs !== null && sinceHeartbeatMs <= sessionTimeoutMs - requestTimeoutMs;
}

/** Remembers when this member was last known to the broker, and lets requests start only well before that lapses. */
export class HeartbeatFence implements RequestGate {
  readonly #sessionTimeoutMs: number;
  readonly #clock: Clock;
  readonly #beats = new Bell();
  #sentAt: Instant | null = null;

  constructor({ sessionTimeoutMs, clock = systemClock }: { sessionTimeoutMs: number; clock?: Clock }) {
    this.#sessionTimeoutMs = sessionTimeoutMs;
    this.#clock = clock;
  }

  /**
   * A heartbeat succeeded. It counts from when it was sent: a process that was frozen between request and answer reads
   * an old answer, and the broker may have given it up meanwhile.
   */
  beat(sentAt: Instant): void {
    this.#sentAt = sentAt;
    this.#beats.ring();
  }

  /** In ms, since the last successful heartbeat was sent; null before the first. */
  get sinceHeartbeatMs(): number | null {
    return this.#sentAt === null ? null : elapsedMs(this.#sentAt, this.#clock());
  }

  check(requestTimeoutMs: number): void {
    const sessionTimeoutMs = this.#sessionTimeoutMs;
    if (requestTimeoutMs >= sessionTimeoutMs) {
      throw new FatalError(
        `A request that may take ${requestTimeoutMs} ms doesn't fit into the session time-out of ${sessionTimeoutMs} ms; ` +
          "raise the session time-out or lower the request's.",
      );
    }
    const sinceHeartbeatMs = this.sinceHeartbeatMs;
    if (mayStart({ sinceHeartbeatMs, sessionTimeoutMs, requestTimeoutMs })) return;
    throw new FencedError(
      sinceHeartbeatMs === null
        ? "The broker hasn't answered a heartbeat yet."
        : `The broker's last answer to a heartbeat is ${Math.round(sinceHeartbeatMs)} ms old.`,
    );
  }

  /** Resolves at the next heartbeat that succeeds. @throws the signal's reason when it is aborted before. */
  async nextBeat(signal: AbortSignal): Promise<void> {
    await this.#beats.wait({ signal });
    signal.throwIfAborted();
  }
}
