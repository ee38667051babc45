import { hash } from "node:crypto";

export const BUCKETS = 65_536;

/** Where a row counts, and as what: of all rows, and of their hashes, some 56 bits that sum up whatever their order. */
export interface RowDigest {
  /** From 0 to BUCKETS - 1; of the key alone, so that a row's states are all in one. */
  readonly bucket: number;
  /** Below 2^56; of key and hash. */
  readonly digest: bigint;
}

const HEX_DIGITS = 14;

const HASH = /^[0-9a-f]{14}/;

/**
 * The first two bytes of the key's sha256, and its next seven XOR the first seven of the row's hash: a row that isn't
 * there, or has another hash, or another row's, changes the sum. `digestSql` is the same in SQL.
 *
 * @param key as `encodeRowKey` writes it. @param rowHash in hex; a label that isn't counts by its own sha256.
 */
export function rowDigest(key: string, rowHash: string | null): RowDigest {
  const ofKey = hash("sha256", key, "hex");
  const ofRow =
    rowHash === null
      ? 0n
      : BigInt(`0x${(HASH.test(rowHash) ? rowHash : hash("sha256", rowHash)).slice(0, HEX_DIGITS)}`);
  return { bucket: parseInt(ofKey.slice(0, 4), 16), digest: BigInt(`0x${ofKey.slice(4, 4 + HEX_DIGITS)}`) ^ ofRow };
}

/** @param key SQL of the key's text. @param rowHash SQL of the row's hash in hex. Both are evaluated once. */
export function digestSql({
  key,
  rowHash,
  from,
}: {
  readonly key: string;
  readonly rowHash: string;
  readonly from: string;
}) {
  const bits = (hex: string, start: number) => `('x' || substr(${hex}, ${start}, ${HEX_DIGITS}))::bit(56)::bigint`;
  return {
    bucket: "('x' || substr(of_key, 1, 4))::bit(16)::int",
    digest: `${bits("of_key", 5)} # ${bits("row_hash", 1)}`,
    // OFFSET keeps the planner from writing the inner expressions out wherever they are used.
    from: `(SELECT key, row_hash, encode(sha256(convert_to(key, 'UTF8')), 'hex') AS of_key
      FROM (SELECT ${key} AS key, ${rowHash} AS row_hash FROM ${from} OFFSET 0) hashed OFFSET 0) digested`,
  };
}
