import { Session, type PostgresAddress, type TextRow } from "@freshet/postgres/session";

/** Sums by bucket have their place in memory, and a statement that is long by its rows isn't worth being compiled. */
const SETTINGS = "SET work_mem = '64MB'; SET jit = off";

/** A session that takes its statement with it when it is closed: Postgres would go on with it, though nobody reads it. */
export class SourceSession {
  readonly session: Session;
  readonly #address: PostgresAddress;
  readonly #process: string;
  #running = 0;

  private constructor(session: Session, address: PostgresAddress, process: string) {
    this.session = session;
    this.#address = address;
    this.#process = process;
  }

  /** @throws {SourceError | RetriableError} as `Session.open`. */
  static async open(address: PostgresAddress): Promise<SourceSession> {
    const session = await Session.open(address);
    try {
      await session.rows(SETTINGS);
      const [process] = await session.row("SELECT pg_backend_pid()");
      return new SourceSession(session, address, process ?? "");
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async rows(statement: string, parameters?: readonly string[]): Promise<readonly TextRow[]> {
    this.#running += 1;
    try {
      return await this.session.rows(statement, parameters);
    } finally {
      this.#running -= 1;
    }
  }

  /** Never throws. */
  async close(): Promise<void> {
    if (this.#running > 0) await this.#cancel().catch(() => undefined);
    await this.session.close();
  }

  async #cancel(): Promise<void> {
    const other = await Session.open(this.#address);
    try {
      await other.rows("SELECT pg_cancel_backend($1)", [this.#process]);
    } finally {
      await other.close();
    }
  }
}
