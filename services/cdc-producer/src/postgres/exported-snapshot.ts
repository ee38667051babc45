import { randomBytes } from "node:crypto";
import type { CapturedTable } from "../events/captured-table.js";
import type { Row } from "../events/change-records.js";
import { FIRST_FETCH_ROWS, nextFetchRows } from "../snapshot/fetch-size.js";
import type { OpenSnapshot, SnapshotSource } from "../snapshot/snapshot-source.js";
import type { ReplicationSession } from "./replication-session.js";
import {
  quoteIdentifier,
  quoteLiteral,
  quoteSource,
  quoteTable,
  Session,
  type PostgresAddress,
} from "@freshet/postgres/session";
import type { PostgresSourceCatalogue, TableRoute } from "./source-catalogue.js";

export interface ExportedSnapshotOptions {
  readonly address: PostgresAddress;
  readonly replication: ReplicationSession;
  readonly catalogue: PostgresSourceCatalogue;
  readonly routes: readonly TableRoute[];
  /** Ends what still runs when the session is over. */
  readonly signal: AbortSignal;
}

/**
 * A temporary slot gives the exact point of the WAL and a snapshot that agrees with it: made from the WAL itself, it
 * doesn't see a transaction whose commit record lies behind that point, and sees each before it.
 */
export class ExportedSnapshotSource implements SnapshotSource {
  readonly #options: ExportedSnapshotOptions;

  constructor(options: ExportedSnapshotOptions) {
    this.#options = options;
  }

  async open(tables: readonly { readonly schema: string; readonly name: string }[]): Promise<OpenSnapshot> {
    const { address, replication, catalogue, routes, signal } = this.#options;
    const session = await Session.open(address);
    const close = () => session.close();
    signal.addEventListener("abort", () => void close(), { once: true });
    try {
      await session.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      // Before the snapshot: a table that is rewritten or truncated after it would look empty to it.
      await session.rows(`LOCK TABLE ${tables.map(quoteTable).join(", ")} IN ACCESS SHARE MODE`);
      const slot = `freshet_snapshot_${randomBytes(8).toString("hex")}`;
      const { consistentPoint, snapshotName } = await replication.exportSnapshot(slot);
      await session.rows(`SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshotName)}`);
      await replication.dropSlot(slot);
      const captured: CapturedTable[] = [];
      for (const { schema, name } of tables) {
        const route = routes.find((route) => route.schema === schema && route.name === name);
        if (route) captured.push(await catalogue.describeNow(route));
      }
      return {
        lsn: consistentPoint,
        tables: captured,
        read: (table) => readTable(session, table),
        close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  }
}

const CURSOR = "freshet_snapshot";

async function* readTable(session: Session, table: CapturedTable): AsyncGenerator<readonly Row[]> {
  const columns = table.columns.map(({ name }) => quoteIdentifier(name)).join(", ");
  await session.rows(`DECLARE ${CURSOR} NO SCROLL CURSOR FOR SELECT ${columns} FROM ${quoteSource(table)}`);
  let size = FIRST_FETCH_ROWS;
  for (;;) {
    const rows = await session.rows(`FETCH FORWARD ${size} FROM ${CURSOR}`);
    if (rows.length > 0) yield rows;
    if (rows.length < size) break;
    size = nextFetchRows(rows);
  }
  await session.rows(`CLOSE ${CURSOR}`);
}
