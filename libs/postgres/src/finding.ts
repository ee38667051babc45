import type { SourceError } from "./errors.js";

/** What one look at the source found. */
export interface Finding {
  /** What was looked at, in a few words. */
  readonly check: string;
  /** `warning`: it works, and may do harm. */
  readonly ok: boolean | "warning";
  /** One sentence, with what to do when it isn't well. */
  readonly says: string;
  /** What cures it, to be run by who may. */
  readonly sql?: string;
}

export function fine(check: string, says: string): Finding {
  return { check, ok: true, says };
}

export function warning(check: string, says: string, sql?: string): Finding {
  return { check, ok: "warning", says, ...(sql === undefined ? {} : { sql }) };
}

export function failed(check: string, error: Error): Finding {
  const { sql } = error as Partial<SourceError>;
  return { check, ok: false, says: error.message, ...(sql === undefined ? {} : { sql }) };
}
