import { join } from "node:path";
import { decodeRowKey } from "@freshet/schemas/row-key";
import { pointId } from "@freshet/vector-stores/point-id";
import type { Point, StoredPoint, VectorStore } from "@freshet/vector-stores/vector-store";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import type { Scene } from "../scene.js";
import { PLANTS, type Victim } from "./planted-differences.js";

/** The workload leaves rows below zero alone. */
export const STILL_ROWS = 40;
const PARTITIONS = 4;
const MOST_CHUNKS = 6;

/** What is to be found, each as `kind key`; the key of an orphan is somebody's guess, so it is left out. */
export interface Planted {
  /** In rows that nobody else writes. */
  readonly certain: readonly string[];
  /** In the workload's rows: whatever it writes meanwhile is healed by that. */
  readonly possible: ReadonlySet<string>;
}

interface Plan {
  /** Names of PLANTS, each as often as it is to be planted. */
  readonly names: readonly string[];
  /** Of a partition whose points are all deleted. */
  readonly partition: number | null;
}

/** In the first round one of each kind; after that each or none, some twice. */
export function planRound(round: number, random: () => number): Plan {
  const names = Object.keys(PLANTS);
  if (round === 0) return { names, partition: Math.floor(random() * PARTITIONS) };
  return {
    names: names.flatMap((name) => Array.from({ length: Math.floor(random() * 3) }, () => name)),
    partition: random() < 0.5 ? Math.floor(random() * PARTITIONS) : null,
  };
}

/** Damages the store, which nobody may have open: each plant in a row of its own. */
export async function plant({ pipeline, name: index }: Scene, plan: Plan, random: () => number): Promise<Planted> {
  const store = await openZvecStore({ directory: join(pipeline.environment["FRESHET_ZVEC_DIR"] ?? "", "main") });
  try {
    const victim: Victim = { store, index, collection: (await store.resolveAlias(index)) ?? "" };
    const deleted = plan.partition === null ? [] : await deletePartition(victim, plan.partition);
    const gone = deleted.map((key) => ({ key, isStill: Number(decodeRowKey(key)["id"]) < 0 }));
    const certain = gone.flatMap(({ key, isStill }) => (isStill ? [`missing ${key}`] : []));
    const rows = Array.from({ length: STILL_ROWS }, (_, place) => `{"id":${-1 - place}}`)
      .filter((key) => !deleted.includes(key))
      .map((key) => ({ key, place: random() }))
      .toSorted((a, b) => a.place - b.place);
    for (const name of plan.names) {
      const [key, found] = [rows.pop()?.key ?? "", PLANTS[name]];
      if (found === undefined) throw new Error(`there is no plant ${name}`);
      await apply(victim, found.damage(await pointsOf(victim, key), victim));
      certain.push(`${found.kind} ${found.kind === "orphaned" ? "" : key}`);
    }
    const possible = gone.flatMap(({ key, isStill }) => (isStill ? [] : [`missing ${key}`]));
    return { certain: certain.sort(), possible: new Set(possible) };
  } finally {
    await store.close();
  }
}

/** @returns the keys of its rows. */
async function deletePartition(victim: Victim, partition: number): Promise<string[]> {
  const points = (await allPoints(victim)).filter(({ metadata }) => metadata.partition === partition);
  await apply(victim, { deletes: points.map(({ id }) => ({ id, position: null })) });
  return [...new Set(points.map(({ metadata }) => metadata.key))];
}

async function allPoints({ store, collection }: Victim): Promise<StoredPoint[]> {
  const points: StoredPoint[] = [];
  let after: string | null = null;
  do {
    const page = await store.scroll(collection, 1_000, after);
    points.push(...page.points);
    after = page.next;
  } while (after !== null);
  return points;
}

/** Chunk 0 first. @throws when there are less than two. */
async function pointsOf({ store, collection, index }: Victim, key: string): Promise<readonly Point[]> {
  const ids = Array.from({ length: MOST_CHUNKS }, (_, chunk) => pointId(index, key, chunk));
  const points = [...(await store.retrieve(collection, ids)).values()];
  if (points.length < 2) throw new Error(`row ${key} has ${points.length} points`);
  return points.sort((a, b) => a.metadata.chunk - b.metadata.chunk);
}

async function apply({ store, collection }: Victim, batch: Partial<Parameters<VectorStore["apply"]>[1]>) {
  await store.apply(collection, { upserts: [], payloads: [], deletes: [], ...batch }, () => undefined);
}
