import { hash } from "node:crypto";
import type { Position } from "@freshet/schemas/position";
import { remembered } from "./remembered.js";

/** What zvec filters by is made of these alone, so that nothing of the user's is ever part of an expression. */
const FILTER_SAFE = /^[0-9a-z/-]+$/;

/** zvec compares text; padded, that is the positions' own order, and exact beyond 2^53. */
export function sortablePosition({ epoch, commitLsn, seq }: Position): string {
  return [epoch, commitLsn, seq].map((part) => String(part).padStart(20, "0")).join("/");
}

/** Stands for one partition of one table. */
export function rowsToken({ table, partition }: { readonly table: string; readonly partition: number }): string {
  return rowsDigest(`${partition}|${table}`);
}

const rowsDigest = remembered((rows) => hash("sha256", rows, "hex").slice(0, 32));

export function olderThan(rows: string, position: string): string {
  return `rows = ${literal(rows)} and position < ${literal(position)}`;
}

export function hasId(ids: readonly string[]): string {
  return `pid in (${ids.map(literal).join(",")})`;
}

export function hasIdFrom(start: string, end: string | undefined): string {
  const from = `pid >= ${literal(start)}`;
  return end === undefined ? from : `${from} and pid < ${literal(end)}`;
}

/** @throws {RangeError} when the text isn't one of Freshet's own. */
export function literal(value: string): string {
  if (!FILTER_SAFE.test(value)) throw new RangeError(`"${value}" is not a point's id`);
  return `'${value}'`;
}
