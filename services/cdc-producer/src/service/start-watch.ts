import { parseLsn } from "@freshet/postgres/lsn";
import type { SlotHealth } from "@freshet/schemas/service-state";
import { isEndangered, pastWal } from "../slot/slot-health.js";
import { watchSource } from "../slot/source-watch.js";
import type { CdcOptions } from "./cdc-options.js";
import type { SessionLife } from "./session-life.js";
import type { StateJournal } from "./state-journal.js";

export interface StartWatchOptions extends Pick<CdcOptions, "address" | "source" | "timing" | "metrics" | "logger"> {
  readonly journal: StateJournal;
  /** By `schema.table`, as they are now. */
  readonly identities: ReadonlyMap<string, string>;
  readonly life: SessionLife;
}

/** Ends the session when the source changes; until then its state and metrics tell how the slot is. */
export function startWatch(options: StartWatchOptions): void {
  const { address, source, timing, metrics, logger, journal, identities, life } = options;
  let endangered = false;
  const onHealth = (health: SlotHealth) => {
    if (life.signal.aborted) return;
    journal.update({ health });
    metrics.health(health);
    if (isEndangered(health) && !endangered) {
      logger.warn(health, "little WAL is left until the server gives the slot up, and changes are missed");
    }
    endangered = isEndangered(health);
  };
  const history = pastWal(journal.state, Date.now(), performance.now());
  const confirmed = () => parseLsn(journal.state.confirmedLsn);
  const watch = { address, source, identities, intervalMs: timing.watchIntervalMs, history, confirmed, onHealth };
  watchSource(watch, life.signal).catch((error: unknown) => life.fail(error as Error));
}
