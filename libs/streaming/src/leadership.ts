import type { Readiness } from "./assignment/record-source.js";
import type { RequestGate } from "./request-gate.js";

/** A time during which this process leads. */
export interface Term {
  /** Aborted when work has to end: the leadership is lost, or this process ends. */
  readonly signal: AbortSignal;
  /** Aborted when another process may lead from now on. What is to be noted at an end may be written until then. */
  readonly lost: AbortSignal;
  /** Asked before each write: refuses those that may not be over before another process can lead. */
  readonly gate: RequestGate;
}

/**
 * One of several processes leads; another one takes over when it ends, is killed, or doesn't reach the broker any more.
 * As everywhere with Kafka's groups, a request that is on its way when a process freezes can arrive in the next term.
 */
export interface Leadership {
  /**
   * Calls the work at the beginning of each term of this process, one after the other, until the signal is aborted. The
   * work goes on until its term's signal is aborted, and nobody follows before it has ended; an error that it ends with
   * then counts for nothing.
   *
   * @throws what the work throws before. @throws {FatalError} when the broker refuses this process.
   */
  run(work: (term: Term) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Whether it leads, or stands by for it. */
  readiness(): Readiness;
}
