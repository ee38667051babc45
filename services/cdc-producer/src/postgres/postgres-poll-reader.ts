import { capturedColumns } from "@freshet/postgres/captured-columns";
import { readKeyOrder } from "@freshet/postgres/key-order";
import { findColumn, tryPolledFilter, withoutWal } from "@freshet/postgres/polled-table";
import { quoteTable, type Session, type TextRow } from "@freshet/postgres/session";
import { readTable } from "@freshet/postgres/table-catalogue";
import { findTableProblems } from "@freshet/postgres/table-check";
import { readTypes } from "@freshet/postgres/type-catalogue";
import type { SourceTable } from "@freshet/process/source-configuration";
import { captureTable } from "../events/captured-table.js";
import type { EventFormatName } from "../events/event-formats.js";
import type { ChangesFrom, PolledChange, PolledRow, PolledTable, PollReader, ReadRow } from "../poll/poll-reader.js";
import { cursorKind, pollOptions } from "../poll/polled-table-check.js";
import type { Mark } from "../poll/settled-floor.js";
import { findChangeTable, readPlaces } from "./change-table.js";
import { readEstimatedRows } from "./estimated-rows.js";
import { hasIndex, readTypedColumns } from "./poll-catalogue.js";
import { checkCondition } from "./polled-condition.js";
import { createIndexSql, pollStatements, type PolledShape } from "./poll-statements.js";
import type { TableRoute } from "./source-catalogue.js";

const BOOLEAN = 16;

/** Each query is a transaction of its own, so it sees what is committed when it begins. Nothing is written. */
export class PostgresPollReader implements PollReader {
  readonly #session: Session;
  readonly #format: EventFormatName;

  constructor(session: Session, format: EventFormatName) {
    this.#session = session;
    this.#format = format;
  }

  async describe(route: TableRoute): Promise<PolledTable> {
    const table: SourceTable = route;
    const session = this.#session;
    const poll = pollOptions(table);
    const seen = withoutWal(await readTable(session, table));
    const user = session.client.user ?? "";
    const [problem] = findTableProblems({ table, quoted: quoteTable(table), user, filterColumns: [] }, seen);
    if (problem !== undefined) throw problem;
    if (seen === undefined) throw new RangeError("a table that isn't there has a problem");

    const typed = await readTypedColumns(session, seen.oid);
    const columns = capturedColumns(
      table,
      seen.columns.filter(({ generated }) => !generated),
    );
    const key = await readKeyOrder(session, table, seen.keyColumns);
    const names = columns.map(({ name }) => name);
    const shared = { schema: table.schema, name: table.name, partitioned: seen.kind === "p", key, columns: names };
    let shape: PolledShape;
    let sourceOid = seen.oid;
    if ("changes" in poll) {
      const { oid, cursor, partitioned } = await findChangeTable(session, poll, seen.keyColumns);
      sourceOid = oid;
      shape = { ...shared, where: table.where, deletedAt: null, cursor, changes: { ...poll.changes, partitioned } };
    } else {
      const { updatedAt, deletedAt } = poll;
      const named = { option: "updatedAt", table, name: updatedAt } as const;
      const kind = cursorKind(findColumn(typed, named), named);
      const cursor = { kind, places: await readPlaces(session, table, updatedAt, seen.keyColumns) };
      const soft = deletedAt === undefined ? null : findColumn(typed, { option: "deletedAt", table, name: deletedAt });
      shape = {
        ...{ ...shared, where: table.where, cursor, changes: null },
        deletedAt: soft === null ? null : { name: soft.name, boolean: soft.baseOid === BOOLEAN },
      };
    }
    const statements = pollStatements(shape);
    await tryPolledFilter(session, table, seen);
    const places = shape.cursor.places.map(({ name }) => name);
    const wantedIndex = shape.changes === null ? places : places.slice(0, 1);
    const indexed = await hasIndex(session, sourceOid, wantedIndex);
    return {
      captured: captureTable({
        ...{ ...route, partitioned: shared.partitioned, keyColumns: seen.keyColumns },
        columns: columns.map((column) => ({ ...column, identity: seen.keyColumns.includes(column.name) })),
        types: await readTypes(
          session,
          columns.map(({ typeOid }) => typeOid),
        ),
      }),
      identity: JSON.stringify([
        seen.oid,
        sourceOid,
        seen.keyColumns,
        table.columns ?? null,
        table.where ?? null,
        poll,
        // A topic that has another name is empty, and one whose messages have another form has none of the new ones.
        route.topic,
        this.#format,
      ]),
      cursor: shape.cursor.kind,
      missingIndex: indexed
        ? null
        : createIndexSql(shape.changes === null ? shape : { ...shape, ...shape.changes }, wantedIndex),
      estimatedRows: await readEstimatedRows(session, seen),
      statements,
    };
  }

  async mark({ statements, cursor }: PolledTable, overlapSeconds: number): Promise<Mark> {
    const parameters = cursor === "number" ? [] : [String(overlapSeconds)];
    const [atMs, highest, below] = await this.#session.row(statements.mark, parameters);
    return { atMs: Number(atMs), highest: highest ?? null, below: below ?? null };
  }

  async greatest({ statements }: PolledTable, values: readonly (string | null)[]): Promise<string | null> {
    const [greatest] = await this.#session.row(statements.greatest, [JSON.stringify(values)]);
    return greatest ?? null;
  }

  async changes({ statements }: PolledTable, from: ChangesFrom, limit: number): Promise<readonly PolledChange[]> {
    const { keyLength, withRows, changesFrom, changesAbove, changesAfter } = statements;
    const rows =
      "after" in from
        ? await this.#session.rows(`${changesAfter} LIMIT ${limit}`, from.after)
        : from.floor === null
          ? await this.#session.rows(`${changesFrom} LIMIT ${limit}`)
          : await this.#session.rows(`${changesAbove} LIMIT ${limit}`, [from.floor]);
    return rows.map(([value, ...rest]) => {
      const key = texts(rest.slice(0, keyLength));
      const [deleted, ...row] = rest.slice(keyLength);
      const found = withRows ? { key, deleted: deleted === "t", row } : undefined;
      return { place: [value ?? "", ...key], found };
    });
  }

  checkCondition({ captured }: PolledTable, where: string): Promise<void> {
    return checkCondition(this.#session, captured, where);
  }

  async rows(
    { statements }: PolledTable,
    after: readonly string[] | null,
    limit: number,
    where?: string,
  ): Promise<readonly ReadRow[]> {
    const { keyLength, rowsFrom, rowsAfter, rowsOrder } = statements;
    const condition = where === undefined ? "" : ` AND (\n${where}\n)`;
    const rows = await this.#session.rows(
      `${after === null ? rowsFrom : rowsAfter}${condition} ${rowsOrder} LIMIT ${limit}`,
      after ?? [],
    );
    return rows.map((columns) => {
      const [deleted, unseen, ...row] = columns.slice(keyLength);
      return { key: texts(columns.slice(0, keyLength)), deleted: deleted === "t", unseen: unseen === "t", row };
    });
  }

  async find(
    { statements }: PolledTable,
    keys: readonly (readonly (string | null)[])[],
  ): Promise<readonly PolledRow[]> {
    if (keys.length === 0) return [];
    const rows = await this.#session.rows(statements.find, [JSON.stringify(keys)]);
    return rows.map((columns) => {
      const [deleted, ...row] = columns.slice(statements.keyLength);
      const key = texts(columns.slice(0, statements.keyLength));
      // What isn't there has no answer to whether it is deleted.
      return deleted === null ? { key, deleted: true, row: null } : { key, deleted: deleted === "t", row };
    });
  }
}

function texts(columns: TextRow): string[] {
  return columns.map((text) => text ?? "");
}
