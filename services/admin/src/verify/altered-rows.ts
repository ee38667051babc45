import { stringifyJson, type JsonValue } from "@freshet/schemas/lossless-json";
import type { Point } from "@freshet/vector-stores/vector-store";
import type { Difference } from "./differences.js";
import type { IndexRows } from "./index-rows.js";
import type { ExpectedRow, SourceRows } from "./source-rows.js";

/** Vectors of the same text, computed anew on another machine, are nearer than this. */
const LEAST_COSINE = 0.99;

export interface AlteredOptions {
  readonly index: Pick<IndexRows, "whole">;
  /** Embeds texts as documents; null: vectors aren't looked at. */
  readonly embed: ((texts: readonly string[]) => Promise<readonly Float32Array[]>) | null;
  /** Of all rows, how many have their vectors looked at, from 0 to 1. */
  readonly sample: number;
  readonly random: () => number;
  readonly onRows: (count: number) => void;
}

/** All altered rows of the table, some at a time. */
export async function* alteredRows(
  source: Pick<SourceRows, "all">,
  options: AlteredOptions,
): AsyncGenerator<readonly Difference[], void, void> {
  for await (const rows of source.all()) {
    const differences = await alteredAmong(rows, options);
    options.onRows(rows.length);
    if (differences.length > 0) yield differences;
  }
}

/**
 * The rows whose points have the row's hash, but another text, payload or vector, or shouldn't be there. A stored hash proves
 * only the label. Rows of another hash, and incomplete ones, are left out: they may be on their way.
 */
export async function alteredAmong(
  rows: readonly ExpectedRow[],
  options: AlteredOptions,
): Promise<readonly Difference[]> {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const differences: Difference[] = [];
  for await (const stored of options.index.whole([...byKey.keys()])) {
    const labelled = [...stored].flatMap(([key, points]) => {
      const row = byKey.get(key);
      return row !== undefined && isWhole(points, row.rowHash) ? [{ row, points }] : [];
    });
    const altered = labelled.filter(({ row, points }) => !hasContent(points, row));
    const others = labelled.filter((one) => !altered.includes(one));
    differences.push(...[...altered, ...(await otherVectors(others, options))].map(toDifference));
  }
  return differences;
}

function toDifference({ row, points }: LabelledRow): Difference {
  const kind = row.isWanted ? "altered" : "orphaned";
  return { kind, key: row.key, lastChunk: points.length - 1, strays: [] };
}

/** What isn't is another kind of difference. */
function isWhole(points: readonly Point[], rowHash: string): boolean {
  const [head] = points;
  return head?.metadata.chunks === points.length && points.every(({ metadata }) => metadata.rowHash === rowHash);
}

interface LabelledRow {
  readonly row: ExpectedRow;
  /** In order of chunks. */
  readonly points: readonly Point[];
}

/** Whether the chunks are pieces of the text, from its beginning to its end and one behind the other, each with the payload. */
export function hasContent(
  points: readonly Pick<Point, "text" | "payload">[],
  { isWanted, content }: Pick<ExpectedRow, "isWanted" | "content">,
): boolean {
  // Of what can't be made, nothing can be said.
  if (content === null) return isWanted;
  const { text, payload } = content;
  const wanted = comparable(payload);
  const [first, last] = [points[0]?.text ?? "", points.at(-1)?.text ?? ""];
  let at = -1;
  return (
    text.startsWith(first) &&
    text.endsWith(last) &&
    (points.length > 1 || first === text) &&
    points.every((point) => (at = text.indexOf(point.text, at + 1)) >= 0 && comparable(point.payload) === wanted)
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

async function otherVectors(
  rows: readonly LabelledRow[],
  { embed, sample, random }: AlteredOptions,
): Promise<readonly LabelledRow[]> {
  const chosen = embed === null ? [] : rows.filter(() => random() < sample);
  if (embed === null || chosen.length === 0) return [];
  const vectors = await embed(chosen.flatMap(({ points }) => points.map(({ text }) => text)));
  let place = 0;
  return chosen.filter(({ points }) =>
    // Every one is looked at, so that the places stay in step.
    points.map(({ vector }) => cosine(vector, vectors[place++]) < LEAST_COSINE).includes(true),
  );
}

function cosine(a: Float32Array, b: Float32Array | undefined): number {
  let [dot, ofA, ofB] = [0, 0, 0];
  for (const [place, value] of a.entries()) {
    const other = b?.[place] ?? 0;
    dot += value * other;
    ofA += value * value;
    ofB += other * other;
  }
  return ofA === 0 || ofB === 0 ? 0 : dot / Math.sqrt(ofA * ofB);
}
