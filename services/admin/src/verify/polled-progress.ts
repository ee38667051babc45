import { Session, type PostgresAddress } from "@freshet/postgres/session";
import type { SourceState } from "@freshet/schemas/service-state";

/** As the producer looks at the clock before a round: a standby's stands still with what it replays. */
const NOW = `SELECT (extract(epoch FROM CASE WHEN pg_is_in_recovery()
  THEN coalesce(pg_last_xact_replay_timestamp(), clock_timestamp()) ELSE clock_timestamp() END) * 1000)::bigint`;

/** How far the producer has polled a table, as its state tells. */
export class PolledProgress {
  readonly #session: Session;
  readonly #table: string;
  readonly #state: () => SourceState | null;

  private constructor(session: Session, table: string, state: () => SourceState | null) {
    this.#session = session;
    this.#table = table;
    this.#state = state;
  }

  /** @param table `schema.table`. @param state what the producer has reported by now. */
  static async open(address: PostgresAddress, table: string, state: () => SourceState | null): Promise<PolledProgress> {
    return new PolledProgress(await Session.open(address), table, state);
  }

  /** Whether a round that began after this call is complete. */
  async mark(): Promise<() => Promise<boolean>> {
    const [now] = await this.#session.row(NOW);
    const mark = Number(now);
    return () => Promise.resolve((this.#state()?.polledAt?.[this.#table] ?? -Infinity) >= mark);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
