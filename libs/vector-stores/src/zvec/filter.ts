import { createHash } from "node:crypto";
import type { Position } from "@freshet/schemas/position";

/** What zvec filters by is made of these alone, so that nothing of the user's is ever part of an expression. */
const FILTER_SAFE = /^[0-9a-f/-]+$/;

/** zvec compares text; padded, that is the positions' own order, and exact beyond 2^53. */
export function sortablePosition({ epoch, commitLsn, seq }: Position): string {
  return [epoch, commitLsn, seq].map((part) => String(part).padStart(20, "0")).join("/");
}

/** Stands for one partition of one table. */
export function rowsToken({ table, partition }: { readonly table: string; readonly partition: number }): string {
  return createHash("sha256").update(`${partition}|${table}`).digest("hex").slice(0, 32);
}

export function olderThan(rows: string, position: string): string {
  return `rows = ${literal(rows)} and position < ${literal(position)}`;
}

export function hasId(ids: readonly string[]): string {
  return `pid in (${ids.map(literal).join(",")})`;
}

function literal(value: string): string {
  if (!FILTER_SAFE.test(value)) throw new RangeError(`"${value}" is not a point's id`);
  return `'${value}'`;
}
