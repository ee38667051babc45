import { backOffMs, delay } from "../back-off.js";
import { RetriableError } from "../errors.js";
import { ConsumerSession, type SessionEvents, type SessionOptions } from "./consumer-session.js";
import { translated } from "./errors.js";

export interface LoopEvents extends SessionEvents {
  /** Disconnected; the next session is opened after the delay. */
  onCrash(error: RetriableError, attempt: number, delayMs: number): void;
}

/**
 * Stays in the group, with one session after the other, until the signal is aborted.
 *
 * @throws {FatalError} a crash that another session wouldn't mend.
 */
export async function runSessions(options: SessionOptions, events: LoopEvents, signal: AbortSignal): Promise<void> {
  let attempt = 0;
  const onJoin: SessionEvents["onJoin"] = (session, partitions) => {
    attempt = 0;
    events.onJoin(session, partitions);
  };
  while (!signal.aborted) {
    try {
      await new ConsumerSession(options, { ...events, onJoin }).run(signal);
    } catch (crash) {
      const error = translated(crash, options);
      if (!(error instanceof RetriableError)) throw error;
      attempt += 1;
      const delayMs = backOffMs(attempt);
      events.onCrash(error, attempt, delayMs);
      await delay(delayMs, signal).catch(() => undefined);
    }
  }
}
