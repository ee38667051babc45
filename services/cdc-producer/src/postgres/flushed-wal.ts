import { parseLsn } from "@freshet/postgres/lsn";
import { Session, type PostgresAddress } from "@freshet/postgres/session";

/** https://www.postgresql.org/docs/current/wal-async-commit.html */
const CYCLES_UNTIL_FLUSHED = 3;

/** What of the WAL is on the server's disk. */
export class FlushedWal {
  readonly #session: Session;
  /** How long it takes at most until an asynchronous commit is on disk, in ms. */
  readonly delayMs: number;

  private constructor(session: Session, delayMs: number) {
    this.#session = session;
    this.delayMs = delayMs;
  }

  static async open(address: PostgresAddress): Promise<FlushedWal> {
    const session = await Session.open(address);
    const [cycleMs] = await session.row("SELECT setting FROM pg_settings WHERE name = 'wal_writer_delay'");
    return new FlushedWal(session, CYCLES_UNTIL_FLUSHED * Number(cycleMs));
  }

  /** Everything before it is. */
  async read(): Promise<bigint> {
    const [lsn] = await this.#session.row("SELECT pg_current_wal_flush_lsn()");
    return parseLsn(lsn ?? "");
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
