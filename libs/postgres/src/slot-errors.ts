import { ACCEPT, SourceError, StartError } from "./errors.js";
import type { SeenSlot } from "./server-catalogue.js";

export function slotForeign(name: string, { plugin, database }: SeenSlot): SourceError {
  return new SourceError(
    "slot-foreign",
    `Replication slot "${name}" belongs to something else (plugin ${plugin}, database ${database}): name another ` +
      `source.slot in freshet.yaml.`,
  );
}

/** @param why as Postgres says it. */
export function slotLost(name: string, why: string, options?: ErrorOptions): SourceError {
  return new SourceError(
    "slot-lost",
    `Replication slot "${name}" can't be read any more (${why}), so the changes since then are missed: ${ACCEPT}. ` +
      `A larger max_slot_wal_keep_size keeps it longer while it isn't read.`,
    options,
  );
}

/** @param why as Postgres says it. */
export function noSlotFree(address: string, why: string, options?: ErrorOptions): StartError {
  return new StartError(
    "no-slot-free",
    `Postgres at ${address} has no replication slot free: raise max_replication_slots and restart it, or drop one that ` +
      `nobody needs (${why}).`,
    options,
  );
}
