import { isSameIdentity } from "@freshet/postgres/identity-text";
import { Session, type PostgresAddress } from "@freshet/postgres/session";
import { readTableIdentities, type IdentifiedTables } from "@freshet/postgres/table-identity";
import type { SlotHealth } from "@freshet/schemas/service-state";
import { delay } from "@freshet/streaming/back-off";
import { RetriableError } from "@freshet/streaming/errors";
import { readSlotHealth, slotHealth } from "./slot-health.js";
import type { WalHistory } from "./wal-history.js";

/** The tables or their publication are others than at the start: the next start takes what is needed anew, or says why not. */
class SourceChangedError extends RetriableError {
  override readonly name = "SourceChangedError";
}

export interface SourceWatchOptions {
  readonly address: PostgresAddress;
  readonly source: IdentifiedTables & { readonly slot: string };
  /** By `schema.table`, as they were at the start. */
  readonly identities: ReadonlyMap<string, string>;
  /** Between two looks, in ms. */
  readonly intervalMs: number;
  /** Of the WAL before; on performance.now()'s clock. */
  readonly history: WalHistory;
  /** Up to where Kafka has everything. */
  readonly confirmed: () => bigint;
  readonly onHealth: (health: SlotHealth) => void;
}

/**
 * Looks again and again, in an ordinary session, whether what is captured is still there, and how the slot is: the
 * stream doesn't tell when a table or the publication was dropped and made anew, and its changes came to nothing.
 *
 * @returns when the signal is aborted.
 * @throws {SourceChangedError} as soon as something differs. @throws {RetriableError} when the connection breaks.
 */
export async function watchSource(options: SourceWatchOptions, signal: AbortSignal): Promise<void> {
  const { address, source, identities, intervalMs, history, confirmed, onHealth } = options;
  const session = await Session.open(address);
  const isOver = () => signal.aborted;
  let known = identities;
  try {
    while (!isOver()) {
      const now = await readTableIdentities(session, source);
      compare(known, now);
      // What was added since belongs to them from now on.
      known = now;
      const reading = await readSlotHealth(session, source.slot);
      if (reading === null) throw new SourceChangedError(`Replication slot "${source.slot}" is gone.`);
      history.add({ at: performance.now(), walEnd: reading.walEnd });
      onHealth(slotHealth(reading, confirmed(), history));
      await delay(intervalMs, signal);
    }
  } catch (error) {
    if (!isOver()) throw error;
  } finally {
    await session.close();
  }
}

function compare(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): void {
  const changed = [...before]
    .filter(([label, identity]) => !isSameIdentity(identity, now.get(label)))
    .map(([label]) => label);
  if (changed.length === 0) return;
  throw new SourceChangedError(
    `${changed.join(", ")}: the table, its key, columns, partitions or publication were dropped, made anew or changed while it was read.`,
  );
}
