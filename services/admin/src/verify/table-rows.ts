import { documentContent, type DocumentRules } from "@freshet/documents/document-rules";
import { capturedColumns } from "@freshet/postgres/captured-columns";
import { readRowFilter } from "@freshet/postgres/row-filter";
import { quoteSource, quoteTable, type PostgresAddress, type Session, type TextRow } from "@freshet/postgres/session";
import { readTable } from "@freshet/postgres/table-catalogue";
import { readTypes } from "@freshet/postgres/type-catalogue";
import { jsonOf } from "@freshet/postgres/values/to-json";
import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { parseJson, type JsonObject } from "@freshet/schemas/lossless-json";
import { FatalError } from "@freshet/streaming/errors";
import { slices } from "@freshet/vector-stores/slices";
import { BucketSums } from "./bucket-sums.js";
import type { ExpectedRow, HashedRow, SourceRows } from "./source-rows.js";
import { SourceSession } from "./source-session.js";
import { keyedSource, keySql, rowsSql, selectSql, sumsSql, type SqlTable } from "./table-sql.js";

const ROWS_PER_FETCH = 5_000;
const WHOLE_ROWS_PER_FETCH = 200;
const KEYS_PER_READ = 1_000;
const KIND_PARTITIONED = "p";

/** A captured table, as a role that may only read sees it. */
export class TableRows implements SourceRows {
  readonly #session: SourceSession;
  readonly #source: SourceTable;
  readonly #rules: DocumentRules;
  readonly #table: SqlTable;
  readonly #key: string;

  private constructor(
    session: SourceSession,
    options: { source: SourceTable; rules: DocumentRules; table: SqlTable; key: string },
  ) {
    this.#session = session;
    this.#source = options.source;
    this.#rules = options.rules;
    this.#table = options.table;
    this.#key = options.key;
  }

  /** @throws {FatalError | SourceError} when the table can't be compared, with the reason. */
  static async open(address: PostgresAddress, source: SourceTable, rules: DocumentRules): Promise<TableRows> {
    const session = await SourceSession.open(address);
    try {
      const label = formatTableName(source);
      const table = await describe(session.session, source);
      const key = keySql(table);
      if (key === null) {
        const names = table.key.map(({ name, type }) => `${name} ${type.name}`).join(", ");
        throw new FatalError(
          `The rows of ${label} can't be compared by their key (${names}): only keys of whole numbers, text, uuid, numeric and boolean can be.`,
        );
      }
      return new TableRows(session, { source, rules, table, key });
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async estimateRows(): Promise<number | null> {
    const [row] = await this.#session.rows(
      "SELECT sum(reltuples)::bigint FROM pg_class WHERE relkind <> 'p' AND (oid IN (SELECT relid FROM pg_partition_tree($1::regclass)) OR oid = $1::regclass)",
      [quoteTable(this.#source)],
    );
    const rows = Number(row?.[0] ?? -1);
    return rows < 0 ? null : rows;
  }

  async sums(): Promise<BucketSums> {
    const sums = new BucketSums();
    for (const [bucket, rows, digests] of await this.#session.rows(sumsSql(this.#table, this.#key))) {
      sums.addSum({ bucket: Number(bucket), rows: Number(rows), digests: BigInt(digests ?? 0) });
    }
    return sums;
  }

  async *rowsIn(buckets: readonly number[]): AsyncGenerator<readonly HashedRow[], void, void> {
    const query = rowsSql(this.#table, this.#key);
    for await (const rows of this.#fetch(query, [`{${buckets.join(",")}}`], ROWS_PER_FETCH)) {
      yield rows.map(([key, rowHash]) => ({ key: key ?? "", rowHash: rowHash ?? "" }));
    }
  }

  async *all(): AsyncGenerator<readonly ExpectedRow[], void, void> {
    const query = selectSql(this.#table, { key: this.#key, from: this.#table.from });
    for await (const rows of this.#fetch(query, [], WHOLE_ROWS_PER_FETCH)) yield rows.map((row) => this.#expected(row));
  }

  async read(keys: readonly string[]): Promise<ReadonlyMap<string, ExpectedRow>> {
    const found = new Map<string, ExpectedRow>();
    const query = selectSql(this.#table, { key: this.#key, from: keyedSource(this.#table) });
    for (const some of slices(keys, KEYS_PER_READ)) {
      for (const row of await this.#keyed(query, some)) {
        const expected = this.#expected(row);
        found.set(expected.key, expected);
      }
    }
    return found;
  }

  /** A key that the columns' types can't take, as an index may have it, names no row. */
  async #keyed(query: string, keys: readonly string[]): Promise<readonly TextRow[]> {
    try {
      return await this.#session.rows(query, [`[${keys.join(",")}]`]);
    } catch (error) {
      if (!isDataException(error)) throw error;
      if (keys.length === 1) return [];
      const rows: TextRow[] = [];
      for (const half of slices(keys, Math.ceil(keys.length / 2))) rows.push(...(await this.#keyed(query, half)));
      return rows;
    }
  }

  async *#fetch(query: string, parameters: readonly string[], rowsAtOnce: number): AsyncGenerator<readonly TextRow[]> {
    await this.#session.rows("BEGIN READ ONLY");
    try {
      await this.#session.rows(`DECLARE compared NO SCROLL CURSOR FOR ${query}`, parameters);
      for (;;) {
        const rows = await this.#session.rows(`FETCH ${rowsAtOnce} FROM compared`);
        if (rows.length === 0) return;
        yield rows;
      }
    } finally {
      await this.#session.rows("ROLLBACK");
    }
  }

  #expected([key, rowHash, version, ...values]: TextRow): ExpectedRow {
    return { key: key ?? "", rowHash: rowHash ?? "", version: version ?? "", ...this.#document(values) };
  }

  #document(values: TextRow): Pick<ExpectedRow, "isWanted" | "content"> {
    try {
      const content = documentContent(this.#toJson(values), this.#rules);
      return content === null || content.text === "" ? { isWanted: false, content: null } : { isWanted: true, content };
    } catch {
      // A dead letter by now: the row is wanted, and isn't there.
      return { isWanted: true, content: null };
    }
  }

  /** @throws {FatalError} when the table is another one than it was: its rows' hashes are of other columns then. */
  async requireUnchanged(): Promise<void> {
    const now = await describe(this.#session.session, this.#source);
    if (JSON.stringify(now) === JSON.stringify(this.#table)) return;
    throw new FatalError(`The table ${formatTableName(this.#source)} was altered meanwhile: verify again.`);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** As the producer writes the row into its event. */
  #toJson(values: TextRow): JsonObject {
    return Object.fromEntries(
      this.#table.columns.map(({ name, type }, place) => {
        const text = values[place] ?? null;
        return [name, text === null ? null : parseJson(jsonOf(type)(text))];
      }),
    );
  }
}

async function describe(session: Session, source: SourceTable): Promise<SqlTable> {
  const label = formatTableName(source);
  const seen = await readTable(session, source);
  if (seen === undefined) throw new FatalError(`There is no table ${label} in ${session.address}.`);
  const captured = capturedColumns(
    source,
    seen.columns.filter(({ generated }) => !generated),
  );
  const types = await readTypes(
    session,
    captured.map(({ typeOid }) => typeOid),
  );
  const columns = captured.flatMap(({ name, typeOid }) => {
    const type = types.get(typeOid);
    return type === undefined ? [] : [{ name, type }];
  });
  const key = seen.keyColumns.flatMap((name) => columns.filter((column) => column.name === name));
  if (key.length === 0 || key.length < seen.keyColumns.length) {
    throw new FatalError(`The table ${label} has no key that is captured, so its rows can't be told apart.`);
  }
  const filter = await readRowFilter(session, source);
  const rows = quoteSource({ ...source, partitioned: seen.kind === KIND_PARTITIONED });
  return { from: filter === null ? rows : `(SELECT xmin, * FROM ${rows} WHERE ${filter.text}) filtered`, columns, key };
}

/** SQLSTATE 22: a value that its type doesn't take, or text that isn't JSON. */
function isDataException(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("22");
}
