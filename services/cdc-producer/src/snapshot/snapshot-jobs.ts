import type { SourceState } from "@freshet/schemas/service-state";
import type { SnapshotCommand } from "@freshet/schemas/source-command";

/** What somebody asks for. */
export interface AskedSnapshot extends SnapshotCommand {
  /** Under which the question stands in the commands topic. */
  readonly recordKey: string;
}

/** A snapshot that is to be taken. */
export interface SnapshotJob {
  /** `schema.table`. */
  readonly table: string;
  /** Who asked for it; null: the table has none yet. */
  readonly command: AskedSnapshot | null;
}

export function isWhole({ command }: SnapshotJob): boolean {
  return command === null || (command.where === null && command.keys === null);
}

/**
 * What is to be done, in this order. A whole table that is asked for serves a table that has no snapshot yet, too.
 *
 * @param tables those that are captured, as `schema.table`.
 * @param commands in the order in which they were given.
 */
export function snapshotJobs(
  tables: readonly string[],
  state: Pick<SourceState, "snapshots" | "requested">,
  commands: readonly AskedSnapshot[],
): SnapshotJob[] {
  const asked = commands
    .filter((command) => !isOver(state, command))
    .map((command) => ({ table: command.table, command }));
  const served = new Set(asked.filter(isWhole).map(({ table }) => table));
  const missing = tables.filter((table) => (state.snapshots[table]?.finishedAt ?? null) === null && !served.has(table));
  return [...missing.map((table) => ({ table, command: null })), ...asked];
}

/** Whether a command's outcome is known. */
export function isOver({ requested }: Pick<SourceState, "requested">, { id }: SnapshotCommand): boolean {
  const outcome = requested[id];
  return outcome !== undefined && (outcome.finishedAt !== null || outcome.error !== null);
}
