import { parseLsn } from "@freshet/postgres/lsn";
import { Session, type PostgresAddress } from "@freshet/postgres/session";
import { readWalEnd } from "@freshet/postgres/wal-end";
import { FatalError } from "@freshet/streaming/errors";

const CONFIRMED = "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1";

/** How far the producer has come, as its slot on the primary tells. */
export class SlotProgress {
  readonly #session: Session;
  readonly #slot: string;

  private constructor(session: Session, slot: string) {
    this.#session = session;
    this.#slot = slot;
  }

  static async open(address: PostgresAddress, slot: string): Promise<SlotProgress> {
    return new SlotProgress(await Session.open(address), slot);
  }

  /** Whether the producer has confirmed what is committed at this call. @throws {FatalError} when there is no slot. */
  async mark(): Promise<() => Promise<boolean>> {
    const walEnd = await readWalEnd(this.#session);
    return async () => (await this.#confirmed()) >= walEnd;
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #confirmed(): Promise<bigint> {
    const [row] = await this.#session.rows(CONFIRMED, [this.#slot]);
    if (row !== undefined) return parseLsn(row[0] ?? "0/0");
    throw new FatalError(`Postgres has no replication slot ${this.#slot}: nothing brings changes to the index.`);
  }
}
