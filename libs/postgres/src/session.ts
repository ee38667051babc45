import pg from "pg";
import { explainConnectError } from "./connect-error.js";
import { encryption } from "./encryption.js";
import { SourceError } from "./errors.js";
import { settingsStatement, type SessionLimits } from "./session-settings.js";

/** Which database, and who we are there. What is absent, pg takes from the `PG…` variables. */
export interface PostgresAddress {
  readonly connectionString?: string;
  /** As in `PGSSLROOTCERT`: the file of the certificates that sign the server's. */
  readonly rootCertificate?: string;
  readonly applicationName: string;
}

export interface OpenOptions extends Partial<SessionLimits> {
  /** A connection to a WAL sender, which also takes replication commands. */
  readonly replication?: boolean;
}

/** A row's columns as Postgres prints them. */
export type TextRow = readonly (string | null)[];

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 10_000;
/** Before TCP's own keepalive looks whether the other side is still there. */
const KEEPALIVE_DELAY_MS = 10_000;

/** One connection whose settings are ours and whose values are text, as Postgres prints it. */
export class Session {
  readonly client: pg.Client;
  /** `host:port/database`, for messages to people. */
  readonly address: string;
  /** Resolves when the connection is gone, whoever ended it, with the reason. */
  readonly ended: Promise<Error>;

  private constructor(client: pg.Client) {
    this.client = client;
    this.address = describe(client);
    this.ended = new Promise((resolve) => {
      // Without a listener an error of an idle connection would end the process.
      client.on("error", resolve);
      client.once("end", () => resolve(new Error("the connection was closed")));
    });
  }

  /** @throws {FatalError | RetriableError} whose message says what to do. */
  static async open(address: PostgresAddress, options: OpenOptions = {}): Promise<Session> {
    const { replication = false, lockTimeoutMs = LOCK_TIMEOUT_MS, idleTimeoutMs = 0 } = options;
    const session = new Session(createClient(address, replication));
    const { client } = session;
    try {
      await client.connect();
      await client.query(settingsStatement({ lockTimeoutMs, idleTimeoutMs }));
      return session;
    } catch (error) {
      await session.close();
      throw explainConnectError(error, { address: session.address, user: client.user ?? "", replication });
    }
  }

  /** With parameters it is one statement in the extended protocol. */
  async rows(statement: string, parameters?: readonly string[]): Promise<readonly TextRow[]> {
    const { rows } = await this.client.query<(string | null)[]>({
      text: statement,
      rowMode: "array",
      ...(parameters === undefined ? {} : { values: [...parameters], queryMode: "extended" }),
    });
    return rows;
  }

  /** The first row. @throws {RangeError} when there is none. */
  async row(statement: string, parameters?: readonly string[]): Promise<TextRow> {
    const [row] = await this.rows(statement, parameters);
    if (row === undefined) throw new RangeError("a query that always has an answer had none");
    return row;
  }

  /** Never throws; a connection that doesn't answer is cut. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.client.end().catch(() => undefined), expired]);
    clearTimeout(timer);
    this.client.connection.stream.destroy();
  }
}

function createClient(address: PostgresAddress, replication: boolean): pg.Client {
  try {
    return new pg.Client({
      ...encryption(address),
      ...(replication ? { replication: "database" } : {}),
      application_name: address.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
      types: { getTypeParser: () => asText },
    });
  } catch (error) {
    throw new SourceError(
      "encryption",
      `A certificate can't be read (${(error as Error).message}): correct sslrootcert, sslcert and sslkey in ` +
        `FRESHET_POSTGRES_URL, or PGSSLROOTCERT.`,
      { cause: error },
    );
  }
}

function asText(value: string): string {
  return value;
}

function describe(client: pg.Client): string {
  return `${client.host}:${client.port}/${client.database ?? ""}`;
}

export const quoteIdentifier = pg.escapeIdentifier;
export const quoteLiteral = pg.escapeLiteral;

/** For FROM: a partitioned table is its partitions, any other one is without the tables that inherit from it. */
export function quoteSource(table: { readonly schema: string; readonly name: string; readonly partitioned: boolean }) {
  return table.partitioned ? quoteTable(table) : `ONLY ${quoteTable(table)}`;
}

export function quoteTable({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
