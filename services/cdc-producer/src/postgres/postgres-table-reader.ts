import { parseLsn } from "@freshet/postgres/lsn";
import { quoteTable, Session, type PostgresAddress } from "@freshet/postgres/session";
import type { CapturedTable } from "../events/captured-table.js";
import { textLength } from "../snapshot/fetch-size.js";
import type { Selection } from "../snapshot/selection.js";
import type { Chunk } from "../snapshot/chunk.js";
import { ChunkUnreadableError, type ChunkObserver, type TableReader } from "../snapshot/table-reader.js";
import { selectKeys, selectRange } from "./chunk-query.js";
import type { TableRoute } from "./source-catalogue.js";
import { TableDescriber, type TableDescription } from "./table-description.js";
import { untilWritersEnded } from "./table-writers.js";

/** Of a table that was never analysed, -1; an empty one that was, 0. */
const ESTIMATE = `SELECT CASE WHEN min(part.reltuples) < 0 THEN NULL ELSE sum(part.reltuples)::bigint END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class part ON (part.oid = c.oid OR part.oid IN (SELECT relid FROM pg_partition_tree(c.oid))) AND part.relkind = 'r'
WHERE n.nspname = $1 AND c.relname = $2`;

/**
 * The position in the same statement: it is read when the snapshot has been taken, and what a snapshot sees has its
 * commit record before that.
 */
const SNAPSHOT = "SELECT pg_current_snapshot(), pg_current_wal_insert_lsn()";

/** The table is missing just now, is locked (by DDL), or was changed in a way that the snapshot can't bear. */
const UNDEFINED_TABLE = "42P01";
const LOCK_NOT_AVAILABLE = "55P03";
const SERIALIZATION_FAILURE = "40001";

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

  untilWritersEnded(onWaiting: (writers: number) => void): Promise<void> {
    return untilWritersEnded(this.#session, this.#route, { onWaiting, signal: this.#signal });
  }

  async takeSnapshot(): Promise<{ readonly snapshot: string; readonly walEnd: bigint }> {
    const [snapshot, walEnd] = await this.#session.row(SNAPSHOT);
    return { snapshot: snapshot ?? "", walEnd: parseLsn(walEnd ?? "") };
  }

  async describe(): Promise<CapturedTable> {
    return (await this.#describer.describe()).table;
  }

  async estimateRows(): Promise<number | null> {
    const { schema, name } = this.#route;
    const [estimate] = await this.#session.row(ESTIMATE, [schema, name]);
    return estimate == null ? null : Number(estimate);
  }

  async read(selection: Selection, observer: ChunkObserver): Promise<Chunk | null> {
    try {
      await orUnreadable([UNDEFINED_TABLE, LOCK_NOT_AVAILABLE], () => this.#begin(selection));
      // The table can't be altered any more, so that a name that is unknown is so in the condition, for good.
      return await orUnreadable([LOCK_NOT_AVAILABLE, SERIALIZATION_FAILURE], () => this.#read(selection, observer));
    } finally {
      await this.#session.rows("ROLLBACK");
    }
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #begin(selection: Selection): Promise<void> {
    // An unanalysed table's rows would else be sorted for each chunk. A condition may have a better index than the key.
    const byKey = selection.kind === "range" && selection.where === null;
    // The lock before the snapshot: a table that is rewritten or truncated after it would look empty to it.
    await this.#session.rows(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_sort = ${byKey ? "off" : "on"};
       LOCK TABLE ${quoteTable(this.#route)} IN ACCESS SHARE MODE`,
    );
  }

  async #read(selection: Selection, observer: ChunkObserver): Promise<Chunk | null> {
    observer.before();
    const { snapshot, walEnd } = await this.takeSnapshot();
    if (!observer.taken(snapshot, walEnd)) return null;
    const description = await this.#describer.describe();
    const { table } = description;
    const { rows, absent } = await this.#select(selection, description);
    const last = rows.at(-1);
    return {
      ...{ table, rows, absent },
      lastKey: last === undefined ? null : table.key.map((place) => last[place] ?? ""),
      length: textLength(rows),
    };
  }

  async #select(selection: Selection, description: TableDescription): Promise<Pick<Chunk, "rows" | "absent">> {
    switch (selection.kind) {
      case "range":
        return { rows: await selectRange(this.#session, description, this.#route, selection), absent: [] };
      case "keys":
        return selectKeys(this.#session, description, this.#route, selection);
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
