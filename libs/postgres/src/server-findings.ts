import { failed, fine, warning, type Finding } from "./finding.js";
import { noSlotFree, slotForeign, slotLost } from "./slot-errors.js";
import { readSlot } from "./server-catalogue.js";
import type { Session } from "./session.js";

const PLACES = "SELECT current_setting('max_replication_slots')::int, count(*) FROM pg_replication_slots";

/** The slot, or a place for it. */
export async function findSlot(session: Session, name: string): Promise<Finding> {
  const check = `slot ${name}`;
  const database = session.client.database ?? "";
  try {
    const slot = await readSlot(session, name);
    if (slot === null) return await findPlace(session, check);
    if (slot.plugin !== "pgoutput" || slot.database !== database) return failed(check, slotForeign(name, slot));
    if (slot.lost !== null) return failed(check, slotLost(name, slot.lost));
    return fine(check, "It is there, and can be read.");
  } catch (error) {
    return failed(check, error as Error);
  }
}

async function findPlace(session: Session, check: string): Promise<Finding> {
  const [places, taken] = await session.row(PLACES);
  if (Number(taken) >= Number(places))
    return failed(check, noSlotFree(session.address, `all ${places ?? ""} are taken`));
  return fine(
    check,
    `The cdc-producer makes it at its first start: ${taken ?? ""} of ${places ?? ""} slots are taken.`,
  );
}

/** Settings that work, and may do harm. */
export async function findSettings(session: Session): Promise<Finding[]> {
  const rows = await session.rows(
    `SELECT name, setting::bigint, current_setting(name) FROM pg_settings
     WHERE name IN ('max_slot_wal_keep_size', 'wal_sender_timeout', 'idle_replication_slot_timeout')`,
  );
  const settings = new Map(rows.map(([name, value, text]) => [name, { value: Number(value), text: text ?? "" }]));
  const kept = settings.get("max_slot_wal_keep_size");
  const silence = settings.get("wal_sender_timeout");
  const idle = settings.get("idle_replication_slot_timeout");
  const set = (name: string, value: string) => `ALTER SYSTEM SET ${name} = '${value}'; SELECT pg_reload_conf()`;
  return [
    kept?.value === -1
      ? warning(
          "max_slot_wal_keep_size",
          "WAL is kept without a limit for a slot that isn't read, until the server's disk is full: set a limit that the disk can take.",
          set("max_slot_wal_keep_size", "…GB"),
        )
      : fine("max_slot_wal_keep_size", `A slot that isn't read is lost behind ${kept?.text ?? ""} of WAL.`),
    silence?.value === 0
      ? warning(
          "wal_sender_timeout",
          "The server waits for ever for a reader that is gone without a word, and keeps the slot for it: set a time-out.",
          set("wal_sender_timeout", "60s"),
        )
      : fine("wal_sender_timeout", `A reader that is silent for ${silence?.text ?? ""} is taken for gone.`),
    ...(idle === undefined || idle.value === 0
      ? []
      : [
          warning(
            "idle_replication_slot_timeout",
            `A slot that isn't read for ${idle.text} is lost, with all changes since.`,
          ),
        ]),
  ];
}
