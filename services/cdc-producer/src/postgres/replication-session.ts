import { ACCEPT, SourceError } from "@freshet/postgres/errors";
import { parseLsn } from "@freshet/postgres/lsn";
import { noSlotFree, slotLost } from "@freshet/postgres/slot-errors";
import { RetriableError } from "@freshet/streaming/errors";
import type { RequestGate } from "@freshet/streaming/request-gate";
import { ReplicationStream, type StreamOptions } from "./replication-stream.js";
import { quoteIdentifier, quoteLiteral, Session, type PostgresAddress } from "@freshet/postgres/session";

export interface SystemIdentity {
  /** Made by initdb: two servers share it only when one is a physical copy of the other. */
  readonly systemIdentifier: string;
  /** Rises with each promotion and each recovery to a point in time. */
  readonly timeline: number;
  readonly database: string;
  /** The end of the WAL now. */
  readonly walEnd: bigint;
}

const FAILOVER_SLOTS_SINCE = 170_000;
/** Until the server has begun with a command that is sent now. */
const SENDING_MS = 2_000;

const SERVER = "SELECT current_setting('server_version_num'), current_setting('max_replication_slots')";

/** A WAL sender takes no parameters. */
const FILTERED = `SELECT n.nspname || '.' || c.relname FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.pubname = $1 AND r.prqual IS NOT NULL ORDER BY 1`;

/** A connection to a WAL sender and its commands, https://www.postgresql.org/docs/current/protocol-replication.html. */
export class ReplicationSession {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @param slotTimeoutMs how long a slot's creation waits for each transaction that is open. */
  static async open(address: PostgresAddress, slotTimeoutMs: number): Promise<ReplicationSession> {
    return new ReplicationSession(await Session.open(address, { replication: true, lockTimeoutMs: slotTimeoutMs }));
  }

  async identify(): Promise<SystemIdentity> {
    const [systemIdentifier, timeline, walEnd, database] = await this.#session.row("IDENTIFY_SYSTEM");
    return {
      systemIdentifier: systemIdentifier ?? "",
      timeline: Number(timeline),
      database: database ?? "",
      walEnd: parseLsn(walEnd ?? ""),
    };
  }

  /**
   * A permanent slot for pgoutput, which goes along to a standby that takes over, where the server can do that.
   *
   * @param gate asked right before; without it nobody else knows the slot's name.
   * @returns its consistent point: transactions whose commit record lies at or behind it come by the slot, those before
   *   it don't.
   * @throws {RetriableError} when an open transaction holds it up; nothing is left of it then.
   * @throws {StartError} `no-slot-free`.
   * @throws what the gate throws.
   */
  async createSlot(name: string, gate?: RequestGate): Promise<bigint> {
    const { address } = this.#session;
    const [version, places] = await this.#session.row(SERVER);
    // Its error would have the code of what passes, and a translated text.
    if (places === "0") throw noSlotFree(address, "max_replication_slots = 0");
    const failover = Number(version) >= FAILOVER_SLOTS_SINCE ? ", FAILOVER" : "";
    gate?.check(SENDING_MS);
    try {
      const [, consistentPoint] = await this.#session.row(
        `CREATE_REPLICATION_SLOT ${quoteIdentifier(name)} LOGICAL pgoutput (SNAPSHOT 'nothing'${failover})`,
      );
      return parseLsn(consistentPoint ?? "");
    } catch (error) {
      throw explainSlotError(error, address);
    }
  }

  /** @param gate asked right before: the slot may be another instance's by now. @throws what the gate throws. */
  async dropSlot(name: string, gate: RequestGate): Promise<void> {
    gate.check(SENDING_MS);
    await this.#session.rows(`DROP_REPLICATION_SLOT ${quoteIdentifier(name)}`);
  }

  /** @throws {SourceError} when the slot can't be used again. @throws {RetriableError} when another process reads it. */
  async stream(options: StreamOptions): Promise<ReplicationStream> {
    const rows = await this.#session.rows(FILTERED.replace("$1", quoteLiteral(options.publication)));
    const source = { ...options, filtered: rows.map(([label]) => label ?? "") };
    return ReplicationStream.start(this.#session.client, options, (error) => explainStreamError(error, source));
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

const LOCK_NOT_AVAILABLE = "55P03";
const CONFIGURATION_LIMIT_EXCEEDED = "53400";
const OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";
const OBJECT_IN_USE = "55006";
const UNDEFINED_OBJECT = "42704";
const SLOT_LOOKUP = "ReplicationSlotAcquire";

function explainSlotError(error: unknown, address: string): Error {
  const { code = "", message } = error as { readonly code?: string; readonly message: string };
  switch (code) {
    case LOCK_NOT_AVAILABLE:
      return new RetriableError(
        `A transaction that is open on the server of ${address} holds up the replication slot's creation: it is tried again until that ends.`,
        { cause: error },
      );
    case CONFIGURATION_LIMIT_EXCEEDED:
      return noSlotFree(address, message, { cause: error });
    default:
      return error as Error;
  }
}

interface StreamedSource extends StreamOptions {
  /** The tables, `schema.table`, of which some rows only are published. */
  readonly filtered: readonly string[];
}

function explainStreamError(error: unknown, { slot, publication, filtered }: StreamedSource): Error {
  const { code = "", message, routine } = error as { readonly code?: string; message: string; routine?: string };
  const cause = { cause: error };
  switch (code) {
    case OBJECT_NOT_IN_PREREQUISITE_STATE:
      return slotLost(slot, message, cause);
    case UNDEFINED_OBJECT:
      // Its messages are translated, the names of its functions aren't.
      return routine === SLOT_LOOKUP
        ? new SourceError("slot-gone", `Postgres says: ${message}. What was changed since is missed: ${ACCEPT}.`, cause)
        : new SourceError(
            "publication-missing",
            `Publication "${publication}" was missing while changes were made (${message}), so they are missed: ${ACCEPT}.`,
            cause,
          );
    case OBJECT_IN_USE:
      return new RetriableError(`Replication slot "${slot}" is being read by another process: ${message}.`, cause);
    default:
      return filtered.length > 0 && isOfValue(code) ? filterFailed(message, filtered, cause) : (error as Error);
  }
}

/** Class 22, data exception, less those of converting texts: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function isOfValue(code: string): boolean {
  return code.startsWith("22") && code !== "22021" && code !== "22P05";
}

/** Another filter is in force for later changes only: those before it are decoded as the catalogue was then. */
function filterFailed(message: string, filtered: readonly string[], cause: ErrorOptions): SourceError {
  return new SourceError(
    "filter-refused",
    `A row filter failed on a value of a change (${message}): correct where of ${filtered.join(", ")} in source.tables so ` +
      `that it takes every value, and then run \`freshet source accept\` and start again, which reads every table anew, ` +
      `because the changes since can't be read.`,
    cause,
  );
}
