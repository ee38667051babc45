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

/** `rowDigest` of a relation with the columns `of_key`, the key's sha256, and `of_row`, the row's hash, both bytea. */
export const digestSql = {
  bucket: "(get_byte(of_key, 0) << 8 | get_byte(of_key, 1))",
  digest: `(${sevenBytes("of_key", 2)} # coalesce(${sevenBytes("of_row", 0)}, 0))`,
};

/** Whose label isn't in hex counts as `rowDigest` has it. @param label SQL of a text. */
export function labelledHashSql(label: string): string {
  return `CASE WHEN ${label} ~ '${HASH.source}' THEN decode(left(${label}, ${HEX_DIGITS}), 'hex') ELSE sha256(convert_to(${label}, 'UTF8')) END`;
}

/** As a bigint. */
function sevenBytes(bytes: string, start: number): string {
  const shifted = Array.from({ length: 7 }, (_, place) => {
    const byte = `get_byte(${bytes}, ${start + place})::bigint`;
    return place === 6 ? byte : `(${byte} << ${48 - 8 * place})`;
  });
  return `(${shifted.join(" | ")})`;
}
