import pg from "pg";
import { cancelStatement } from "./cancel-statement.js";
import { toStoreError } from "./failure.js";
import type { Statement } from "./write-statements.js";

const CONNECT_TIMEOUT_MS = 10_000;
/** The server ends a request in time; this is for a server that is gone without a word. */
const ANSWER_GRACE_MS = 2_000;
const EF_SEARCH = 100;
/** Before TCP's own keepalive looks whether the other side is still there. */
const KEEPALIVE_DELAY_MS = 10_000;

export interface DatabaseOptions {
  /** `postgres://…`; it has the password. */
  readonly url: string;
  readonly requestTimeoutMs: number;
  readonly connections: number;
  /** Candidates that a search keeps; with the scan that goes on it looks until it has as many as were asked for. */
  readonly efSearch?: number | undefined;
}

export interface ApartOptions {
  /** Cuts the connection when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the server leaves its statement off then; else it finishes it. */
  readonly cancels?: boolean;
}

/** A row's columns by name, as Postgres prints them. */
type TextRow = Readonly<Record<string, string | null>>;
export type Query = <R = TextRow>(text: string, values?: unknown[]) => Promise<R[]>;

/** Connections to one database, opened when they are needed. Errors are the stores' own. */
export class Database {
  /** For messages: without user and password. */
  readonly address: string;
  readonly #config: pg.ClientConfig;
  readonly #pool: pg.Pool;
  readonly #cancelling = new Set<Promise<void>>();

  constructor({ url, requestTimeoutMs, connections, efSearch = EF_SEARCH }: DatabaseOptions) {
    this.address = addressOf(url);
    this.#config = {
      connectionString: url,
      application_name: "freshet",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
      types: { getTypeParser: () => asText },
    };
    // The pool waits for the promise, which its type doesn't say.
    const prepare = (client: pg.ClientBase): unknown => client.query(sessionSettings(requestTimeoutMs, efSearch));
    this.#pool = new pg.Pool({
      ...this.#config,
      max: connections,
      query_timeout: requestTimeoutMs + ANSWER_GRACE_MS,
      onConnect: prepare,
    });
    // An idle connection that breaks; without a listener it would end the process, and the next request opens another.
    this.#pool.on("error", () => undefined);
  }

  async rows<R>(text: string, values: unknown[] = []): Promise<R[]> {
    return this.#translated(async () => (await this.#pool.query<R & pg.QueryResultRow>(text, values)).rows);
  }

  /** All or nothing. */
  async transaction(statements: readonly Statement[]): Promise<void> {
    await this.#translated(async () => {
      const client = await this.#pool.connect();
      let failed = true;
      try {
        await client.query("BEGIN");
        for (const { text, values } of statements) await client.query(text, values);
        await client.query("COMMIT");
        failed = false;
      } finally {
        // A connection within a failed transaction isn't used again, which also rolls it back.
        client.release(failed);
      }
    });
  }

  /** A connection of its own, for what may take long. */
  async apart({ signal, cancels = false }: ApartOptions, work: (query: Query) => Promise<void>): Promise<void> {
    await this.#translated(async () => {
      signal?.throwIfAborted();
      const client = new pg.Client(this.#config);
      client.on("error", () => undefined);
      let backend: string | undefined;
      const cut = () => {
        client.connection.stream.destroy();
        if (cancels && backend !== undefined) this.#cancel(backend);
      };
      signal?.addEventListener("abort", cut);
      try {
        await client.connect();
        backend = (await client.query<{ backend: string }>(sessionSettings(0, EF_SEARCH))).rows[0]?.backend;
        await work(
          async <R>(text: string, values: unknown[] = []) =>
            (await client.query<R & pg.QueryResultRow>(text, values)).rows,
        );
      } finally {
        signal?.removeEventListener("abort", cut);
        await client.end().catch(() => undefined);
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
    await Promise.all(this.#cancelling);
  }

  #cancel(backend: string): void {
    const cancelling = cancelStatement(this.#config, backend).finally(() => this.#cancelling.delete(cancelling));
    this.#cancelling.add(cancelling);
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, this.address);
    }
  }
}

/**
 * pgvector takes its own settings before it is loaded. Without the scan that goes on, a filter leaves too few hits; it
 * finds them in nearly the right order. pgvector's types and operators are found in whatever schema it was made. A limit that
 * a role has for its transactions (Postgres 17 and newer) would end what may take longer.
 *
 * @param timeoutMs 0 for none.
 */
function sessionSettings(timeoutMs: number, efSearch: number): Statement & { values: string[] } {
  return {
    text: `SELECT pg_backend_pid() AS backend, set_config('statement_timeout', $1, false),
      (SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'), set_config('hnsw.ef_search', $2, false),
      set_config('hnsw.iterative_scan', 'relaxed_order', false), set_config('search_path', concat_ws(', ',
        nullif(current_setting('search_path'), ''), (SELECT quote_ident(nspname) FROM pg_extension
          JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector')), false)`,
    values: [String(timeoutMs), String(efSearch)],
  };
}

function asText(value: string): string {
  return value;
}

/** @throws {TypeError} when it isn't a URL. */
function addressOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${hostname || (searchParams.get("host") ?? "localhost")}:${port || "5432"}${pathname}`;
}
