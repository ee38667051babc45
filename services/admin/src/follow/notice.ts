import { ago } from "../rendering/measures.js";
import type { FollowedRun } from "./followed-run.js";
import { isSilent, type SourceView } from "./source-view.js";

/** What keeps the runs from going on, for the person who waits. */
export interface Notice {
  readonly kind: "absent" | "silent" | "error" | "ignored";
  readonly text: string;
}

interface NoticeInputs {
  readonly view: SourceView;
  readonly runs: readonly FollowedRun[];
  /** Both in ms since the Unix epoch. */
  readonly askedAt: number;
  readonly now: number;
  /** An error that is being dealt with, and so isn't told again. */
  readonly knownError: string | null;
}

const PATIENCE_MS = 30_000;

export function noticeOf({ view: { state }, runs, askedAt, now, knownError }: NoticeInputs): Notice | null {
  if (state === null) {
    return { kind: "absent", text: "No cdc-producer has reported yet: is it running? Waiting for it." };
  }
  if (isSilent(state, now)) {
    const text = `The cdc-producer last reported ${ago(state.updatedAt, now)}: is it running? Waiting for it.`;
    return { kind: "silent", text };
  }
  if (state.lastError !== null && state.lastError !== knownError) {
    return { kind: "error", text: `The cdc-producer's last error: ${state.lastError}` };
  }
  const busy =
    Object.values(state.snapshots).some(({ finishedAt }) => finishedAt === null) ||
    Object.values(state.requested).some(({ finishedAt, error }) => finishedAt === null && error === null);
  const ignored = !busy && runs.every(({ outcome }) => outcome.kind === "waiting") && now - askedAt > PATIENCE_MS;
  if (!ignored) return null;
  return {
    kind: "ignored",
    text: `The cdc-producer hasn't taken this up for ${PATIENCE_MS / 1000} s: is it running, with this configuration?`,
  };
}
