import { documentContent, type DocumentRules } from "@freshet/documents/document-rules";
import { readKeyColumns } from "@freshet/postgres/key-order";
import { Session, type PostgresAddress, type TextRow } from "@freshet/postgres/session";
import { jsonOf } from "@freshet/postgres/values/to-json";
import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { parseJson, type JsonObject } from "@freshet/schemas/lossless-json";
import { FatalError } from "@freshet/streaming/errors";
import { rowDigest } from "@freshet/vector-stores/row-digest";
import { slices } from "@freshet/vector-stores/slices";
import { BucketSums } from "./bucket-sums.js";
import { describeTable } from "./describe-table.js";
import type { Pace } from "./pace.js";
import type { Replica } from "./replica.js";
import type { ExpectedRow, HashedRow, SourceRows } from "./source-rows.js";
import { SourceSession } from "./source-session.js";
import { partsOf, readTableSize, wasRewritten } from "./table-size.js";
import {
  keyedSource,
  keySql,
  rowsSql,
  selectSql,
  sourceSql,
  sumsSql,
  takenKeysSql,
  type SqlTable,
} from "./table-sql.js";

/** A statement's sums are of 65,536 buckets, whatever it reads. */
const ROWS_PER_PART = 1_000_000;
/** Each of them may be embedded while its part's snapshot is held. */
const WHOLE_ROWS_PER_PART = 10_000;
const ROWS_PER_FETCH = 5_000;
const WHOLE_ROWS_PER_FETCH = 200;
const KEYS_PER_READ = 1_000;

export interface TableRowsOptions {
  /** The primary. */
  readonly address: PostgresAddress;
  readonly source: SourceTable;
  readonly rules: DocumentRules;
  /** Whose rows are read; the primary's unless given. */
  readonly replica?: Pick<Replica, "address" | "caughtUp"> | undefined;
  /** How fast rows are read; as fast as they come unless given. */
  readonly pace?: Pace | undefined;
}

/** A captured table, as a role that may only read sees it. */
export class TableRows implements SourceRows {
  readonly keysAtOnce = 500;
  readonly #options: TableRowsOptions;
  readonly #catalogue: Session;
  readonly #session: SourceSession;
  readonly #table: SqlTable;
  readonly #key: string;

  private constructor(
    options: TableRowsOptions,
    opened: { catalogue: Session; session: SourceSession; table: SqlTable; key: string },
  ) {
    this.#options = options;
    this.#catalogue = opened.catalogue;
    this.#session = opened.session;
    this.#table = opened.table;
    this.#key = opened.key;
  }

  /** @throws {FatalError | SourceError} when the table can't be compared, with the reason. */
  static async open(options: TableRowsOptions): Promise<TableRows> {
    const { address, source, replica } = options;
    const catalogue = await Session.open(address);
    try {
      const table = await describeTable(catalogue, source);
      const key = keySql(table);
      if (key === null) {
        const names = table.key.map(({ name, type }) => `${name} ${type.name}`).join(", ");
        throw new FatalError(
          `The rows of ${formatTableName(source)} can't be compared by their key (${names}): only keys of whole numbers, text, uuid, numeric and boolean can be.`,
        );
      }
      const session = await SourceSession.open(replica?.address ?? address);
      return new TableRows(options, { catalogue, session, table, key });
    } catch (error) {
      await catalogue.close();
      throw error;
    }
  }

  async estimateRows(): Promise<number | null> {
    return (await readTableSize(this.#session, this.#options.source)).rows;
  }

  async sums(onRows: (count: number) => void): Promise<BucketSums> {
    const sums = new BucketSums();
    for await (const from of this.#parts(ROWS_PER_PART)) {
      const before = sums.rows;
      for (const [bucket, rows, digests] of await this.#session.rows(sumsSql(this.#table, { key: this.#key, from }))) {
        sums.addSum({ bucket: Number(bucket), rows: Number(rows), digests: BigInt(digests ?? 0) });
      }
      onRows(sums.rows - before);
    }
    return sums;
  }

  async wantedSums(onRows: (count: number) => void): Promise<BucketSums> {
    const sums = new BucketSums();
    for await (const rows of this.all()) {
      for (const { key, rowHash, isWanted } of rows) if (isWanted) sums.add(rowDigest(key, rowHash));
      onRows(rows.length);
    }
    return sums;
  }

  async *rowsIn(buckets: readonly number[]): AsyncGenerator<readonly HashedRow[], void, void> {
    for await (const from of this.#parts(ROWS_PER_PART)) {
      const query = rowsSql(this.#table, { key: this.#key, from });
      for await (const rows of this.#fetch(query, [`{${buckets.join(",")}}`], ROWS_PER_FETCH)) {
        yield rows.map(([key, rowHash]) => ({ key: key ?? "", rowHash: rowHash ?? "" }));
      }
    }
  }

  async *all(): AsyncGenerator<readonly ExpectedRow[], void, void> {
    for await (const from of this.#parts(WHOLE_ROWS_PER_PART)) {
      const query = selectSql(this.#table, { key: this.#key, from });
      for await (const rows of this.#fetch(query, [], WHOLE_ROWS_PER_FETCH)) {
        yield rows.map((row) => this.#expected(row));
      }
    }
  }

  async read(keys: readonly string[]): Promise<ReadonlyMap<string, ExpectedRow>> {
    const { replica, pace } = this.#options;
    const found = new Map<string, ExpectedRow>();
    const query = selectSql(this.#table, { key: this.#key, from: keyedSource(this.#table) });
    await replica?.caughtUp();
    for (const some of slices(keys, KEYS_PER_READ)) {
      for (const row of await this.#keyed(query, some)) {
        const expected = this.#expected(row);
        found.set(expected.key, expected);
      }
      await pace?.spend(some.length);
    }
    return found;
  }

  /** Those of the keys that a row of the table could have, as its key's columns are now: of no others can it be captured. */
  async taken(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const names = this.#table.key.map(({ name }) => name);
    const query = takenKeysSql(this.#key, await readKeyColumns(this.#catalogue, this.#options.source, names));
    const printed = new Set<string>();
    for (const some of slices(keys, KEYS_PER_READ)) {
      for (const [key] of await this.#keyed(query, some)) printed.add(key ?? "");
    }
    // Of other columns, or of values that these write otherwise, it is another row's key.
    return new Set(keys.filter((key) => printed.has(key)));
  }

  /** FROM's items for all rows, one after the other, at the pace that is kept. */
  async *#parts(rowsAtOnce: number): AsyncGenerator<string, void, void> {
    const { source, replica, pace } = this.#options;
    await replica?.caughtUp();
    const size = await readTableSize(this.#session, source);
    if (pace !== undefined && size.blocks === null) {
      throw new FatalError(
        `${formatTableName(source)} can't be read at a rate, for it isn't a table of Postgres 14 or newer: leave --rate out.`,
      );
    }
    let parts = 0;
    for (const part of partsOf(size, Math.min(rowsAtOnce, pace?.rowsAtOnce ?? rowsAtOnce))) {
      yield sourceSql(this.#table, part);
      await pace?.spend(part.rows ?? 0);
      parts += 1;
    }
    // One statement sees all rows wherever they are.
    if (parts > 1 && wasRewritten(size, await readTableSize(this.#session, source))) {
      throw new FatalError(
        `${formatTableName(source)} was written anew while it was read (by VACUUM FULL, CLUSTER or TRUNCATE), so that rows may have been passed over: verify again.`,
      );
    }
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
      // A connection that is gone has rolled back, and what it failed with is the reason.
      await this.#session.rows("ROLLBACK").catch(() => undefined);
    }
  }

  #expected([key, rowHash, version, ...values]: TextRow): ExpectedRow {
    return { key: key ?? "", rowHash: rowHash ?? "", version: version ?? "", ...this.#document(values) };
  }

  #document(values: TextRow): Pick<ExpectedRow, "isWanted" | "content"> {
    try {
      const content = documentContent(this.#toJson(values), this.#options.rules);
      return content === null || content.text === "" ? { isWanted: false, content: null } : { isWanted: true, content };
    } catch {
      // A dead letter by now: the row is wanted, and isn't there.
      return { isWanted: true, content: null };
    }
  }

  /** @throws {FatalError} when the table is another one than it was: its rows' hashes are of other columns then. */
  async requireUnchanged(): Promise<void> {
    const { source } = this.#options;
    const now = await describeTable(this.#catalogue, source);
    if (JSON.stringify(now) === JSON.stringify(this.#table)) return;
    throw new FatalError(`The table ${formatTableName(source)} was altered meanwhile: verify again.`);
  }

  async close(): Promise<void> {
    await this.#session.close();
    await this.#catalogue.close();
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

/** SQLSTATE 22: a value that its type doesn't take, or text that isn't JSON. */
function isDataException(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("22");
}
