import { formatPosition } from "@freshet/schemas/position";
import { slices } from "@freshet/vector-stores/slices";
import { kindOf, type Difference, type DifferenceKind, type Suspect } from "./differences.js";
import type { IndexRows } from "./index-rows.js";
import { lookAgain, type Looks } from "./looks.js";
import type { SourceRows } from "./source-rows.js";

export interface SettleOptions {
  readonly source: Pick<SourceRows, "read" | "keysAtOnce">;
  readonly index: Pick<IndexRows, "read">;
  readonly passed: Looks<unknown>["passed"];
}

export interface Settled {
  readonly differences: readonly Difference[];
  /** Of rows that were written between any two looks: neither equal nor different can be said. */
  readonly changing: readonly string[];
}

/** A row whose two sides didn't agree at a look. */
interface Seen extends Suspect {
  readonly kind: DifferenceKind;
  /** Of the table's row; null when it had none. */
  readonly version: string | null;
  /** Of the newest of its points; null without any. */
  readonly position: string | null;
}

/**
 * Which suspects are different indeed. A row that differs may only be on its way: it is different when nobody has written it
 * between two looks, and the index still differs, though the pipeline has brought in the meantime all that was committed
 * at the first. Its hash alone doesn't tell: a row may be changed, and changed back.
 */
export async function settle(suspects: readonly Suspect[], options: SettleOptions): Promise<Settled> {
  const looks = { passed: options.passed, look: (some: readonly Suspect[]) => look(some, options), wasLeftAlone };
  const { left, changing } = await lookAgain(await look(suspects, options), looks);
  const differences = left.map(({ kind, key, lastChunk, strays }) => ({ kind, key, lastChunk, strays }));
  return { differences, changing };
}

/** Those that differ now, by key. */
async function look(suspects: readonly Suspect[], options: SettleOptions): Promise<Map<string, Seen>> {
  const differing = new Map<string, Seen>();
  for (const some of slices(suspects, options.source.keysAtOnce)) {
    for (const seen of await lookAt(some, options)) differing.set(seen.key, seen);
  }
  return differing;
}

async function lookAt(suspects: readonly Suspect[], { source, index }: SettleOptions): Promise<readonly Seen[]> {
  // The index first: what the table has afterwards is never older.
  const indexed = await index.read(suspects);
  const expected = await source.read(suspects.map(({ key }) => key));
  const differing: Seen[] = [];
  for (const { key, lastChunk, strays } of suspects) {
    const row = expected.get(key);
    const points = indexed.get(key);
    const kind = kindOf(row?.isWanted === true ? row.rowHash : null, points);
    if (kind === null) continue;
    differing.push({
      ...{ key, kind, strays, lastChunk: Math.max(lastChunk, points?.lastChunk ?? -1) },
      version: row?.version ?? null,
      position: points === undefined ? null : formatPosition(points.newest),
    });
  }
  return differing;
}

/** Of a row that isn't there, no version tells that it was there meanwhile; its points do. */
function wasLeftAlone(before: Seen, { version, position }: Seen): boolean {
  return before.version === version && (version !== null || before.position === position);
}
