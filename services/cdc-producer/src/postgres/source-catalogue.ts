import { capturedColumns } from "@freshet/postgres/captured-columns";
import type { SourceTable } from "@freshet/process/source-configuration";
import { delay } from "@freshet/streaming/back-off";
import { captureTable, type CapturedTable } from "../events/captured-table.js";
import type { RowRequest, SourceCatalogue } from "../events/change-reader.js";
import type { Relation } from "../replication/pgoutput.js";
import { isVisible } from "../replication/visibility.js";
import { readKeyColumns } from "@freshet/postgres/key-order";
import { quoteIdentifier, quoteSource, type Session } from "@freshet/postgres/session";
import { readColumns, readTable } from "@freshet/postgres/table-catalogue";
import { readTypes } from "@freshet/postgres/type-catalogue";

/** A captured table, and where its events go. */
export interface TableRoute extends Omit<SourceTable, "topic"> {
  readonly topic: string;
  readonly partitions: number;
}

/** A configured table as it was when the session began. */
interface KnownTable {
  readonly route: TableRoute;
  readonly keyColumns: readonly string[];
  readonly partitioned: boolean;
}

interface CatalogueOptions {
  readonly routes: readonly TableRoute[];
  readonly signal: AbortSignal;
}

const FIRST_POLL_MS = 2;
const MAX_POLL_MS = 200;
const UNDEFINED_TABLE = "42P01";
const UNDEFINED_COLUMN = "42703";

/** Asks the database, in an ordinary session, what the stream doesn't tell. */
export class PostgresSourceCatalogue implements SourceCatalogue {
  readonly #session: Session;
  readonly #routes: ReadonlyMap<string, TableRoute>;
  readonly #known: ReadonlyMap<number, KnownTable>;
  readonly #signal: AbortSignal;

  private constructor(session: Session, known: ReadonlyMap<number, KnownTable>, options: CatalogueOptions) {
    this.#session = session;
    this.#known = known;
    this.#routes = new Map(options.routes.map((route) => [routeKey(route), route]));
    this.#signal = options.signal;
  }

  static async open(session: Session, routes: readonly TableRoute[], signal: AbortSignal) {
    const known = new Map<number, KnownTable>();
    for (const route of routes) {
      const seen = await readTable(session, route);
      if (seen) known.set(Number(seen.oid), { route, keyColumns: seen.keyColumns, partitioned: seen.kind === "p" });
    }
    return new PostgresSourceCatalogue(session, known, { routes, signal });
  }

  /** A table that has another name for a while is the same one: what changes in it then counts too. */
  async describe(relation: Relation): Promise<CapturedTable | null> {
    const route = this.#known.get(relation.oid)?.route ?? this.#routes.get(routeKey(relation));
    return route === undefined ? null : this.#capture(route, relation);
  }

  async findRow(request: RowRequest): Promise<ReadonlyMap<string, string | null> | null> {
    await this.#untilVisible(request.xid);
    try {
      return await this.#select(request);
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (code === UNDEFINED_TABLE) return this.#findRenamed(request);
      if (code !== UNDEFINED_COLUMN) throw error;
      const present = new Set(
        (await readColumns(this.#session, { schema: request.table.schema, name: request.table.name })).map(
          ({ name }) => name,
        ),
      );
      if (request.key.some(([name]) => !present.has(name))) return null;
      return this.#select({ ...request, columns: request.columns.filter((name) => present.has(name)) });
    }
  }

  /** Null when the table is gone. */
  async #findRenamed(request: RowRequest): Promise<ReadonlyMap<string, string | null> | null> {
    const oid = [...this.#known].find(([, { route }]) => routeKey(route) === routeKey(request.table))?.[0];
    const [row] = await this.#session.rows(
      `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1`,
      [String(oid ?? 0)],
    );
    if (row === undefined) return null;
    const [schema, name] = row;
    return this.#select({ ...request, table: { ...request.table, schema: schema ?? "", name: name ?? "" } });
  }

  async #capture(route: TableRoute, relation: Relation): Promise<CapturedTable> {
    const columns = capturedColumns(route, relation.columns);
    const seen = await readTable(this.#session, route);
    const now = Number(seen?.oid) === relation.oid ? seen : undefined;
    const known = this.#known.get(relation.oid);
    const types = await readTypes(
      this.#session,
      columns.map(({ typeOid }) => typeOid),
    );
    const partitioned = now === undefined ? known?.partitioned === true : now.kind === "p";
    const keyColumns = now?.keyColumns ?? known?.keyColumns ?? seen?.keyColumns ?? [];
    return captureTable({ ...route, partitioned, columns, keyColumns, types });
  }

  async #untilVisible(xid: number): Promise<void> {
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(MAX_POLL_MS, wait * 2)) {
      const [snapshot] = await this.#session.row("SELECT pg_current_snapshot()");
      if (isVisible(xid, snapshot ?? "")) return;
      await delay(wait, this.#signal);
    }
  }

  async #select({ table, key, columns }: RowRequest): Promise<ReadonlyMap<string, string | null> | null> {
    const names = key.map(([name]) => name);
    const known = await readKeyColumns(this.#session, table, names);
    const equals = new Map(known.map(({ name, equal }) => [name, equal]));
    // A column that isn't there any more is Postgres' to refuse.
    const condition = names
      .map((name, place) => `${quoteIdentifier(name)} ${equals.get(name) ?? "="} $${place + 1}`)
      .join(" AND ");
    const list = columns.map(quoteIdentifier).join(", ");
    const [row] = await this.#session.rows(
      `SELECT ${list} FROM ${quoteSource(table)} WHERE ${condition}`,
      key.map(([, text]) => text),
    );
    return row === undefined ? null : new Map(columns.map((name, place) => [name, row[place] ?? null]));
  }
}

function routeKey({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return JSON.stringify([schema, name]);
}
