import { formatLsn, parseLsn } from "@freshet/postgres/lsn";
import { Session, type PostgresAddress } from "@freshet/postgres/session";
import { readWalEnd } from "@freshet/postgres/wal-end";
import { FatalError } from "@freshet/streaming/errors";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 100;
/** Of what comes to its end sooner nobody has to be told. */
const PATIENCE_MS = 2_000;

const REPLAYED = "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()";
const SYSTEM = "SELECT system_identifier FROM pg_control_system()";

export interface ReplicaOptions {
  readonly primary: PostgresAddress;
  readonly replica: PostgresAddress;
  readonly timeoutMs: number;
  /** Told a sentence while it isn't where it has to be. */
  readonly onWait: (sentence: string) => void;
  readonly signal: AbortSignal;
}

/** A physical standby of the source, and how far behind it is. */
export class Replica {
  readonly address: PostgresAddress;
  readonly #options: ReplicaOptions;
  readonly #primary: Session;
  readonly #replica: Session;

  private constructor(options: ReplicaOptions, primary: Session, replica: Session) {
    this.address = options.replica;
    this.#options = options;
    this.#primary = primary;
    this.#replica = replica;
  }

  /** @throws {FatalError} when it is no standby of the primary. @throws {SourceError | RetriableError} as `Session.open`. */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const primary = await Session.open(options.primary);
    try {
      const replica = await Session.open(options.replica);
      const opened = new Replica(options, primary, replica);
      try {
        await opened.#requireStandby();
        return opened;
      } catch (error) {
        await replica.close();
        throw error;
      }
    } catch (error) {
      await primary.close();
      throw error;
    }
  }

  /**
   * Resolves when it has replayed what the primary has at this call. @throws {FatalError} when it takes longer than the
   * time-out, or the replica is none any more. @throws the signal's reason.
   */
  async caughtUp(): Promise<void> {
    const mark = await readWalEnd(this.#primary);
    const { timeoutMs, onWait, signal } = this.#options;
    const began = Date.now();
    let told = false;
    for (;;) {
      const replayed = await this.#replayed();
      if (replayed >= mark) return;
      const behind = `The replica ${this.#replica.address} has replayed the WAL up to ${formatLsn(replayed)} of ${formatLsn(mark)}`;
      if (Date.now() - began > timeoutMs) {
        throw new FatalError(
          `${behind}, and hasn't come further in ${Math.round(timeoutMs / 1000)} s: verify without it.`,
        );
      }
      if (!told && Date.now() - began > PATIENCE_MS) onWait(`${behind}: waiting for it.`);
      told ||= Date.now() - began > PATIENCE_MS;
      await delay(POLL_MS, undefined, { signal });
    }
  }

  async close(): Promise<void> {
    await this.#primary.close();
    await this.#replica.close();
  }

  async #replayed(): Promise<bigint> {
    const [inRecovery, replayed] = await this.#replica.row(REPLAYED);
    if (inRecovery === "t") return parseLsn(replayed ?? "0/0");
    throw new FatalError(
      `${this.#replica.address} isn't a standby (pg_is_in_recovery() is false), so it isn't known how far its rows are: ` +
        `set FRESHET_POSTGRES_REPLICA_URL to a physical replica of the source, or take it out.`,
    );
  }

  async #requireStandby(): Promise<void> {
    await this.#replayed();
    const [[here], [there]] = [await this.#primary.row(SYSTEM), await this.#replica.row(SYSTEM)];
    if (here === there) return;
    throw new FatalError(
      `${this.#replica.address} is a standby of another server than ${this.#primary.address}: correct FRESHET_POSTGRES_REPLICA_URL.`,
    );
  }
}
