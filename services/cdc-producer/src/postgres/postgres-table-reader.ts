import { parseLsn } from "@freshet/postgres/lsn";
import { quoteIdentifier, quoteTable, Session, type PostgresAddress } from "@freshet/postgres/session";
import { SourceError } from "@freshet/postgres/errors";
import { readRowFilter } from "@freshet/postgres/row-filter";
import { formatTableName } from "@freshet/process/table-name";
import type { CapturedTable } from "../events/captured-table.js";
import { textLength } from "../snapshot/fetch-size.js";
import type { Selection } from "../snapshot/selection.js";
import type { Chunk } from "../snapshot/chunk.js";
import { RefusedError } from "../snapshot/refusal.js";
import { ChunkUnreadableError, type ChunkObserver, type TableReader } from "../snapshot/table-reader.js";
import { selectKeys } from "./chunk-query.js";
import { readEstimatedRows } from "./estimated-rows.js";
import { selectRange } from "./range-query.js";
import type { TableRoute } from "./source-catalogue.js";
import { TableDescriber, type TableDescription } from "./table-description.js";
import { untilWritersEnded } from "./table-writers.js";

/**
 * The position in the same statement: it is read when the snapshot has been taken, and what a snapshot sees has its
 * commit record before that.
 */
const SNAPSHOT = "SELECT pg_current_snapshot(), pg_current_wal_insert_lsn()";

/** The table is missing just now, is locked (by DDL), or was changed in a way that the snapshot can't bear. */
const UNDEFINED_TABLE = "42P01";
const LOCK_NOT_AVAILABLE = "55P03";
const SERIALIZATION_FAILURE = "40001";
const INSUFFICIENT_PRIVILEGE = "42501";

/** One session for one table. */
export class PostgresTableReader implements TableReader {
  readonly #session: Session;
  readonly #route: TableRoute;
  readonly #describer: TableDescriber;
  readonly #signal: AbortSignal;

  private constructor(session: Session, route: TableRoute, signal: AbortSignal) {
    this.#session = session;
    this.#route = route;
    this.#describer = new TableDescriber(session, route);
    this.#signal = signal;
  }

  static async open(address: PostgresAddress, route: TableRoute, signal: AbortSignal): Promise<PostgresTableReader> {
    return new PostgresTableReader(await Session.open(address), route, signal);
  }

  untilWritersEnded(onWaiting: (writers: number, snapshot: string) => void): Promise<void> {
    return untilWritersEnded(this.#session, this.#route, { onWaiting, signal: this.#signal });
  }

  async takeSnapshot(): Promise<{ readonly snapshot: string; readonly walEnd: bigint }> {
    const [snapshot, walEnd] = await this.#session.row(SNAPSHOT);
    return { snapshot: snapshot ?? "", walEnd: parseLsn(walEnd ?? "") };
  }

  async describe(): Promise<CapturedTable> {
    return (await this.#describer.describe()).table;
  }

  async readCondition(where: string): Promise<string> {
    const { schema, name } = this.#route;
    try {
      const filter = await readRowFilter(this.#session, { schema, name, where });
      if (filter === null) throw new RefusedError(`there is no table ${formatTableName(this.#route)}`);
      return filter.text;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      const { message } = error.code === "filter-refused" && error.cause instanceof Error ? error.cause : error;
      throw new RefusedError(message, { cause: error });
    }
  }

  estimateRows(): Promise<number | null> {
    return readEstimatedRows(this.#session, this.#route);
  }

  async read(selection: Selection, observer: ChunkObserver): Promise<Chunk | null> {
    try {
      await orUnreadable([UNDEFINED_TABLE, LOCK_NOT_AVAILABLE], () => this.#begin(selection));
      // The table can't be altered any more, so that a name that is unknown is so in the condition, for good.
      return await orUnreadable([LOCK_NOT_AVAILABLE, SERIALIZATION_FAILURE], () => this.#read(selection, observer));
    } catch (error) {
      throw this.#explain(error);
    } finally {
      await this.#session.rows("ROLLBACK");
    }
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  #explain(error: unknown): unknown {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (code !== INSUFFICIENT_PRIVILEGE) return error;
    const user = this.#session.client.user ?? "";
    const sql = `GRANT SELECT ON ${quoteTable(this.#route)} TO ${quoteIdentifier(user)}`;
    const text = `Role "${user}" may not read ${formatTableName(this.#route)} (${message}): let its owner run ${sql}.`;
    return new SourceError("table-unreadable", text, { sql, cause: error });
  }

  async #begin(selection: Selection): Promise<void> {
    // An unanalysed table's rows would else be sorted for each chunk.
    const sorts = selection.kind === "range" ? "off" : "on";
    // The lock before the snapshot: a table that is rewritten or truncated after it would look empty to it.
    await this.#session.rows(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_sort = ${sorts};
       LOCK TABLE ${quoteTable(this.#route)} IN ACCESS SHARE MODE`,
    );
  }

  async #read(selection: Selection, observer: ChunkObserver): Promise<Chunk | null> {
    observer.before();
    const { snapshot, walEnd } = await this.takeSnapshot();
    if (!observer.taken(snapshot, walEnd)) return null;
    const description = await this.#describer.describe();
    const found = await this.#select(selection, description);
    return { table: description.table, ...found, length: textLength(found.rows) };
  }

  async #select(selection: Selection, description: TableDescription): Promise<Omit<Chunk, "table" | "length">> {
    switch (selection.kind) {
      case "range":
        return { ...(await selectRange(this.#session, description, this.#route, selection)), absent: [] };
      case "keys": {
        const found = await selectKeys(this.#session, description, this.#route, selection);
        return { ...found, lastKey: null, isLast: false };
      }
      default:
        return selection satisfies never;
    }
  }
}

async function orUnreadable<T>(codes: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = "", message } = error as { readonly code?: string; readonly message: string };
    throw codes.includes(code) ? new ChunkUnreadableError(message, { cause: error }) : error;
  }
}
