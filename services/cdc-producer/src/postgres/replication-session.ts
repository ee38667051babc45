import { FatalError, RetriableError } from "@freshet/streaming/errors";
import { parseLsn } from "@freshet/postgres/lsn";
import { StartError } from "@freshet/postgres/errors";
import { ReplicationStream, type StreamOptions } from "./replication-stream.js";
import { quoteIdentifier, Session, type PostgresAddress } from "@freshet/postgres/session";

export interface SystemIdentity {
  /** Made by initdb: two servers share it only when one is a physical copy of the other. */
  readonly systemIdentifier: string;
  /** Rises with each promotion and each recovery to a point in time. */
  readonly timeline: number;
  readonly database: string;
  /** The end of the WAL now. */
  readonly walEnd: bigint;
}

export interface CreatedSlot {
  /** Transactions whose commit record lies at or behind it come by the slot; those before it don't. */
  readonly consistentPoint: bigint;
  /** For SET TRANSACTION SNAPSHOT; empty when none was exported. Good until the session's next command. */
  readonly snapshotName: string;
}

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

  /** A permanent slot for pgoutput. */
  createSlot(name: string): Promise<CreatedSlot> {
    return this.#create(`${quoteIdentifier(name)} LOGICAL pgoutput (SNAPSHOT 'nothing')`);
  }

  /** A slot that is gone with this connection, and a snapshot of the database as it was at its consistent point. */
  exportSnapshot(slotName: string): Promise<CreatedSlot> {
    return this.#create(`${quoteIdentifier(slotName)} TEMPORARY LOGICAL pgoutput (SNAPSHOT 'export')`);
  }

  async dropSlot(name: string): Promise<void> {
    await this.#session.rows(`DROP_REPLICATION_SLOT ${quoteIdentifier(name)}`);
  }

  /** @throws {FatalError} when the slot can't be used again. @throws {RetriableError} when another process reads it. */
  stream(options: StreamOptions): Promise<ReplicationStream> {
    return ReplicationStream.start(this.#session.client, options, (error) => explainStreamError(error, options));
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #create(command: string): Promise<CreatedSlot> {
    try {
      const [, consistentPoint, snapshotName] = await this.#session.row(`CREATE_REPLICATION_SLOT ${command}`);
      return { consistentPoint: parseLsn(consistentPoint ?? ""), snapshotName: snapshotName ?? "" };
    } catch (error) {
      throw explainSlotError(error, this.#session.address);
    }
  }
}

const LOCK_NOT_AVAILABLE = "55P03";
const CONFIGURATION_LIMIT_EXCEEDED = "53400";
const OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";
const OBJECT_IN_USE = "55006";
const UNDEFINED_OBJECT = "42704";

function explainSlotError(error: unknown, address: string): Error {
  const { code = "", message } = error as { readonly code?: string; readonly message: string };
  switch (code) {
    case LOCK_NOT_AVAILABLE:
      return new RetriableError(
        `A transaction that is open on the server of ${address} holds up the replication slot's creation: it is tried again until that ends.`,
        { cause: error },
      );
    case CONFIGURATION_LIMIT_EXCEEDED:
      return new StartError(
        `Postgres at ${address} has no replication slot free: raise max_replication_slots and restart it, or drop one ` +
          `that nobody needs (${message}; a snapshot needs one besides the source's own).`,
        { cause: error },
      );
    default:
      return error as Error;
  }
}

function explainStreamError(error: unknown, { slot, publication }: StreamOptions): Error {
  const { code = "", message } = error as { readonly code?: string; readonly message: string };
  const cure = "name a new source.slot in freshet.yaml, which starts with a fresh snapshot";
  switch (code) {
    case OBJECT_NOT_IN_PREREQUISITE_STATE:
      return new FatalError(
        `Replication slot "${slot}" can't be read any more (${message}), so changes are lost: drop it, and ${cure}.`,
        { cause: error },
      );
    case UNDEFINED_OBJECT:
      return new FatalError(
        `Postgres says: ${message}. Changes made while publication "${publication}" or slot "${slot}" was missing are lost: ${cure}.`,
        { cause: error },
      );
    case OBJECT_IN_USE:
      return new RetriableError(`Replication slot "${slot}" is being read by another process: ${message}.`, {
        cause: error,
      });
    default:
      return error as Error;
  }
}
