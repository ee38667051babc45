import { formatLsn } from "@freshet/postgres/lsn";
import type { SeenSlot } from "@freshet/postgres/server-catalogue";
import type { RequestGate } from "@freshet/streaming/request-gate";
import type { ReplicationSession } from "../postgres/replication-session.js";
import type { StateJournal } from "./state-journal.js";

export interface WantedSlot {
  readonly name: string;
  /** Left by a start that was interrupted; null when there is none. */
  readonly seen: SeenSlot | null;
  readonly replication: ReplicationSession;
  /** Of the source: without it, what is seen may have become another instance's slot. */
  readonly lease: RequestGate;
  readonly journal: StateJournal;
}

/** The source's first start. Before there is a slot there must be no state that knows of one. */
export async function makeSlot({ name, seen, replication, lease, journal }: WantedSlot): Promise<void> {
  if (seen?.lost != null) await replication.dropSlot(name, lease);
  const usable = seen?.lost === null ? seen.confirmedLsn : null;
  const confirmed = usable ?? (await replication.createSlot(name, lease));
  journal.update({ confirmedLsn: formatLsn(confirmed) });
  await journal.stored();
}
