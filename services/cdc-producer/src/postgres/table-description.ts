import { capturedColumns } from "@freshet/postgres/captured-columns";
import { readKeyOrder, type KeyColumn } from "@freshet/postgres/key-order";
import type { Session } from "@freshet/postgres/session";
import { readTable } from "@freshet/postgres/table-catalogue";
import { readTypes } from "@freshet/postgres/type-catalogue";
import { formatTableName } from "@freshet/process/table-name";
import { captureTable, type CapturedTable } from "../events/captured-table.js";
import { ChunkUnreadableError } from "../snapshot/table-reader.js";
import type { TableRoute } from "./source-catalogue.js";

/** A table as it is now, for those who select from it. */
export interface TableDescription {
  readonly table: CapturedTable;
  readonly key: readonly KeyColumn[];
}

/** Describes one table again and again: most of it only when its columns are others. */
export class TableDescriber {
  readonly #session: Session;
  readonly #route: TableRoute;
  #last: { readonly seen: string; readonly description: TableDescription } | null = null;

  constructor(session: Session, route: TableRoute) {
    this.#session = session;
    this.#route = route;
  }

  /** @throws {ChunkUnreadableError} when it is missing. */
  async describe(): Promise<TableDescription> {
    const route = this.#route;
    const now = await readTable(this.#session, route);
    if (now === undefined) throw new ChunkUnreadableError(`there is no table ${formatTableName(route)} just now`);
    const { oid, kind, columns, keyColumns } = now;
    const seen = JSON.stringify({ oid, kind, columns, keyColumns });
    if (this.#last?.seen === seen) return this.#last.description;
    const captured = capturedColumns(
      route,
      columns.filter(({ generated }) => !generated),
    );
    const types = await readTypes(
      this.#session,
      captured.map(({ typeOid }) => typeOid),
    );
    const key = await readKeyOrder(this.#session, route, keyColumns);
    const description = {
      // Only the stream knows which columns are the replica identity's; a row that isn't there has its key's.
      table: captureTable({
        ...route,
        ...{ partitioned: kind === "p", keyColumns, types },
        columns: captured.map(({ name, typeOid, typeModifier }) => ({
          ...{ name, typeOid, typeModifier },
          identity: keyColumns.includes(name),
        })),
      }),
      key,
    };
    this.#last = { seen, description };
    return description;
  }
}
