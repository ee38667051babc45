import { isCuredByAccept } from "@freshet/postgres/errors";
import type { Configuration } from "@freshet/process/configuration";
import type { SourceState } from "@freshet/schemas/service-state";
import { formatTableName } from "@freshet/process/table-name";

/** What accepting the database as it is now is about. */
export interface AcceptReport {
  readonly slot: string;
  readonly mode: "wal" | "poll";
  readonly database: string;
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly confirmedLsn: string;
  readonly epoch: number;
  readonly updatedAt: number;
  /** What the producer says differs; null when nothing does. */
  readonly difference: string | null;
  /** Another trouble of it, which accepting doesn't cure. */
  readonly trouble: string | null;
  /** What will be captured again; rows as the last snapshot counted them, null where there was none. */
  readonly tables: readonly { readonly table: string; readonly rows: number | null }[];
}

export function acceptReport({ slot, mode, tables }: Configuration["source"], state: SourceState): AcceptReport {
  const { database, systemIdentifier, timeline, confirmedLsn, epoch, updatedAt, lastError, lastErrorCode, snapshots } =
    state;
  const curable = lastErrorCode !== null && isCuredByAccept(lastErrorCode);
  return {
    ...{ slot, mode, database, systemIdentifier, timeline, confirmedLsn, epoch, updatedAt },
    difference: curable ? lastError : null,
    trouble: curable ? null : lastError,
    tables: tables.map(formatTableName).map((table) => {
      const run = snapshots[table];
      return { table, rows: run === undefined ? null : Math.max(run.rows, run.estimatedRows ?? 0) };
    }),
  };
}
