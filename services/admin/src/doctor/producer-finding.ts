import type { SourceState } from "@freshet/schemas/service-state";
import { isSilent } from "../follow/source-view.js";
import { ago } from "../rendering/measures.js";
import type { Finding } from "@freshet/postgres/finding";

const CHECK = "cdc-producer";

/** What the producer says of itself. */
export function producerFinding(slot: string, state: SourceState | null, now: number): Finding {
  if (state === null) {
    return { check: CHECK, ok: "warning", says: `None has reported for slot ${slot} yet: start one.` };
  }
  if (state.lastError !== null) return { check: CHECK, ok: false, says: `It says: ${state.lastError}` };
  const reported = `reported ${ago(state.updatedAt, now)}`;
  if (state.phase === "stopped" || isSilent(state, now)) {
    return { check: CHECK, ok: "warning", says: `It isn't running (${state.phase}, ${reported}): start it.` };
  }
  return { check: CHECK, ok: true, says: `${state.phase}, ${reported}.` };
}
