/**
 * Whether a transaction that was decoded from the WAL can be seen by now. Its commit record is written before it is
 * visible, and with a synchronous standby long before.
 *
 * @param xid the transaction's 32 bits, as the WAL has them.
 * @param snapshot `xmin:xmax:xip,…` of pg_current_snapshot(), in 64 bits each.
 */
export function isVisible(xid: number, snapshot: string): boolean {
  const [xmin = "", xmax = "", running = ""] = snapshot.split(":");
  const full = widen(xid, BigInt(xmax));
  if (full < BigInt(xmin)) return true;
  if (full >= BigInt(xmax)) return false;
  return !running.split(",").includes(String(full));
}

/** The 64 bits nearest to the reference that end with these 32: at most 2^31 transactions are alive at once. */
function widen(xid: number, reference: bigint): bigint {
  return reference + BigInt.asIntN(32, BigInt(xid) - reference);
}
