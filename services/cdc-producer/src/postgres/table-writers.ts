import { delay } from "@freshet/streaming/back-off";
import type { TableName } from "@freshet/process/table-name";
import type { Session } from "@freshet/postgres/session";

/**
 * Who holds a lock, on the table or on one of its partitions, that lets it write. (VACUUM, ANALYZE and building an index
 * concurrently hold SHARE UPDATE EXCLUSIVE, often for long, and change no row.) A prepared transaction is among them.
 */
const WRITERS = `SELECT DISTINCT l.virtualtransaction FROM pg_locks l
WHERE l.locktype = 'relation' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  AND l.relation IN (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
    UNION ALL
    SELECT tree.relid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_partition_tree(c.oid) tree
    WHERE n.nspname = $1 AND c.relname = $2)`;

const FIRST_POLL_MS = 10;
const MAX_POLL_MS = 500;

/**
 * Waits for the transactions that have written to the table by now; those that begin later don't count. A transaction
 * keeps its locks until others see what it did, also while its commit waits for a synchronous standby.
 *
 * @param onWaiting is told how many are left, each time that is looked at, and what can be seen by then, as
 *   pg_current_snapshot() prints it.
 */
export async function untilWritersEnded(
  session: Session,
  { schema, name }: TableName,
  {
    onWaiting,
    signal,
  }: { readonly onWaiting: (writers: number, snapshot: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const read = async () => {
    const [snapshot] = await session.row("SELECT pg_current_snapshot()");
    const writers = await session.rows(WRITERS, [schema, name]);
    return { snapshot: snapshot ?? "", writers: new Set(writers.map(([writer]) => writer)) };
  };
  let { snapshot, writers: left } = await read();
  for (let wait = FIRST_POLL_MS; left.size > 0; wait = Math.min(MAX_POLL_MS, wait * 2)) {
    onWaiting(left.size, snapshot);
    await delay(wait, signal);
    const now = await read();
    snapshot = now.snapshot;
    left = new Set([...left].filter((writer) => now.writers.has(writer)));
  }
}
