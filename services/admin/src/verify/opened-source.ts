import type { Repair } from "./healing.js";
import type { SourceRows } from "./source-rows.js";

/** Where an index's rows come from, opened to be compared with. */
export interface OpenedSource {
  readonly rows: SourceRows;
  /** `schema.table`, or the topic. */
  readonly label: string;
  /** The topic that the transformer reads. */
  readonly changes: string;
  /** Whether everything that is committed at the call has been sent to that topic. */
  captured(): Promise<() => Promise<boolean>>;
  /** Null where the rows aren't captured by us. @throws {FatalError} when the producer can't. */
  readonly recapture: Repair | null;
  /** Whether its rows have hashes, which their points carry; else texts and payloads have to be held against each other. */
  readonly hasHashes: boolean;
  /** @throws {FatalError} when it isn't what it was when it was opened. */
  requireUnchanged(): Promise<void>;
  close(): Promise<void>;
}

export interface SourceReading {
  /** Of rows, a second; undefined: as fast as they come. */
  readonly rate: number | undefined;
  readonly timeoutMs: number;
  /** Told a sentence while the source isn't where it has to be. */
  readonly onWait: (sentence: string) => void;
}
