import type { RunningSnapshot } from "../snapshot/snapshot-runner.js";
import type { CdcOptions } from "./cdc-options.js";
import type { SessionLife } from "./session-life.js";

/** `streaming` is `polling`, where the source is polled. */
export type SessionPhase = "standby" | "snapshot" | "streaming";

export interface SourceSessionOptions extends CdcOptions {
  readonly life: SessionLife;
  readonly onPhase: (phase: SessionPhase) => void;
}

/** One stretch of reading a source, until something breaks. */
export interface SourceSession {
  /** What keeps records from Kafka just now. */
  readonly deliveryError: Error | null;
  /** The tables that are being read as a whole. */
  readonly snapshots: readonly RunningSnapshot[];
  /** Resolves after a clean stop. @throws what broke. */
  run(stop: AbortSignal): Promise<void>;
}
