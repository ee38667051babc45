import type { SourceState } from "@freshet/schemas/service-state";

/** What is known of the source at a moment. */
export interface SourceView {
  /** Null until a producer has written it. */
  readonly state: SourceState | null;
}

/** A producer writes its state at least every half minute, whether it changes or not. */
const SILENT_AFTER_MS = 60_000;

export function isSilent({ updatedAt }: Pick<SourceState, "updatedAt">, now: number): boolean {
  return now - updatedAt > SILENT_AFTER_MS;
}
