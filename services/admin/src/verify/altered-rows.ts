import { stringifyJson, type JsonValue } from "@freshet/schemas/lossless-json";
import type { Point } from "@freshet/vector-stores/vector-store";
import type { Alteration } from "./alteration.js";
import { formatPosition } from "@freshet/schemas/position";
import type { Difference } from "./differences.js";
import { foreignVector, isNear, type Embed } from "./foreign-vector.js";
import type { IndexRows } from "./index-rows.js";
import type { ExpectedRow, SourceRows } from "./source-rows.js";

export interface AlteredOptions {
  readonly index: Pick<IndexRows, "whole">;
  /** Null: vectors aren't looked at. */
  readonly embed: Embed | null;
  /** Of all rows, how many have their vectors looked at, from 0 to 1. */
  readonly sample: number;
  readonly random: () => number;
  readonly onRows: (count: number) => void;
}

export interface AlteredRow {
  readonly difference: Difference;
  /** Of a row without a hash: another one whenever the row or its points were written. */
  readonly state: string;
}

/** All altered rows of the table, some at a time. */
export async function* alteredRows(
  source: Pick<SourceRows, "all">,
  options: AlteredOptions,
): AsyncGenerator<readonly AlteredRow[], void, void> {
  for await (const rows of source.all()) {
    const altered = await alteredAmong(rows, options);
    options.onRows(rows.length);
    if (altered.length > 0) yield altered;
  }
}

/**
 * The rows whose points have the row's hash, but another text, payload or vector, or shouldn't be there. A stored hash proves
 * only the label. Rows of another hash, and incomplete ones, are left out: they may be on their way.
 */
export async function alteredAmong(
  rows: readonly ExpectedRow[],
  options: AlteredOptions,
): Promise<readonly AlteredRow[]> {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const altered: AlteredRow[] = [];
  for await (const stored of options.index.whole([...byKey.keys()])) {
    const labelled = [...stored].flatMap(([key, points]) => {
      const row = byKey.get(key);
      return row !== undefined && isWhole(points, row.rowHash) ? [{ row, points }] : [];
    });
    const whole: LabelledRow[] = [];
    for (const one of labelled) {
      const alteration = alteredContent(one.points, one.row);
      if (alteration === null) whole.push(one);
      else altered.push(toAltered(one, alteration));
    }
    for (const [one, alteration] of await otherVectors(whole, options)) altered.push(toAltered(one, alteration));
  }
  return altered;
}

function toAltered({ row, points }: LabelledRow, alteration: Alteration): AlteredRow {
  const seen = { key: row.key, lastChunk: points.length - 1, strays: [] };
  const positions = points.map(({ metadata }) => formatPosition(metadata.position));
  return {
    difference: row.isWanted ? { kind: "altered", ...seen, alteration } : { kind: "orphaned", ...seen },
    state: row.rowHash === "" ? [row.version, ...positions].join(" ") : "",
  };
}

/** What isn't is another kind of difference. */
function isWhole(points: readonly Point[], rowHash: string): boolean {
  const [head] = points;
  return (
    head?.metadata.chunks === points.length && points.every(({ metadata }) => (metadata.rowHash ?? "") === rowHash)
  );
}

interface LabelledRow {
  readonly row: ExpectedRow;
  /** In order of chunks. */
  readonly points: readonly Point[];
}

/**
 * What isn't the row's. The text is when the chunks are pieces of it, from its beginning to its end and one behind the other.
 */
export function alteredContent(
  points: readonly Pick<Point, "text" | "payload">[],
  { isWanted, content }: Pick<ExpectedRow, "isWanted" | "content">,
): Alteration | null {
  // Of what can't be made, nothing can be said.
  if (content === null) return isWanted ? null : { part: "text" };
  const wanted = comparable(content.payload);
  if (!areOf(points, content.text)) return { part: "text" };
  return points.every(({ payload }) => comparable(payload) === wanted) ? null : { part: "payload" };
}

function areOf(points: readonly Pick<Point, "text">[], text: string): boolean {
  const [first, last] = [points[0]?.text ?? "", points.at(-1)?.text ?? ""];
  let at = -1;
  return (
    text.startsWith(first) &&
    text.endsWith(last) &&
    (points.length > 1 || first === text) &&
    points.every((point) => (at = text.indexOf(point.text, at + 1)) >= 0)
  );
}

/** Columns in one order; a store may keep a number beyond 2^53 as its digits. */
function comparable(value: JsonValue): string {
  const ordered = (part: JsonValue): JsonValue => {
    if (typeof part === "bigint") return String(part);
    if (Array.isArray(part)) return part.map(ordered);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(
      Object.entries(part)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, inner]) => [name, ordered(inner)]),
    );
  };
  return stringifyJson(ordered(value));
}

/** The chosen rows of which a vector isn't that of its text. */
async function otherVectors(
  rows: readonly LabelledRow[],
  { embed, sample, random }: AlteredOptions,
): Promise<readonly (readonly [LabelledRow, Alteration])[]> {
  const chosen = embed === null ? [] : rows.filter(() => random() < sample);
  if (embed === null || chosen.length === 0) return [];
  const chunks = chosen.flatMap((row) => row.points.map((point) => ({ row, point })));
  const vectors = await embed(chunks.map(({ point }) => point.text));
  const others = new Map<LabelledRow, Alteration>();
  for (const [place, { row, point }] of chunks.entries()) {
    if (others.has(row) || isNear(point.vector, vectors[place])) continue;
    const { vector, text, metadata } = point;
    const alteration = await foreignVector({ vector, text, chunk: metadata.chunk }, embed);
    if (alteration !== null) others.set(row, alteration);
  }
  return [...others];
}
