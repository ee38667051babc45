import { parseLsn } from "./lsn.js";
import type { Session } from "./session.js";

const NEXT_RECORD = `SELECT pg_current_wal_insert_lsn(), pg_size_bytes(current_setting('wal_segment_size')),
  current_setting('wal_block_size')`;

/** Bytes of a page's header in the WAL, of a segment's first page and of any other: src/include/access/xlog_internal.h. */
const FIRST_HEADER = 40n;
const HEADER = 24n;

/** Where the last record of the primary's WAL ends, also when it isn't written yet. */
export async function readWalEnd(session: Pick<Session, "row">): Promise<bigint> {
  const [next, segment, page] = await session.row(NEXT_RECORD);
  return lastRecordEnd(parseLsn(next ?? ""), { segment: BigInt(segment ?? 0), page: BigInt(page ?? 0) });
}

/**
 * Postgres says where the next record begins: on a new page, behind a header that nobody writes, sends or replays before that
 * record comes. So it is after each switch of segments (`archive_timeout`) in a database that is idle.
 */
export function lastRecordEnd(
  next: bigint,
  { segment, page }: { readonly segment: bigint; readonly page: bigint },
): bigint {
  if (next % segment === FIRST_HEADER) return next - FIRST_HEADER;
  return next % segment > page && next % page === HEADER ? next - HEADER : next;
}
