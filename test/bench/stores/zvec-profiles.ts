import { readdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import { quantile, type Figure } from "../report.js";
import { applyAll } from "./load.js";
import { recall } from "./neighbours.js";
import { rate } from "./rate.js";
import { specNamed, type Rows } from "./rows.js";
import { K, type Questions } from "./search.js";

const COLLECTION = "points";
const BYTES_PER_MEGABYTE = 1e6;

export interface ProfilesOptions {
  readonly rows: Rows;
  readonly parts: number;
  /** Without a filter. */
  readonly questions: Questions;
  readonly onProgress: (message: string) => void;
}

interface Profile {
  readonly directory: string;
  readonly store: VectorStore;
  readonly rates: number[];
}

/** What a small machine gains and what it costs: the edge profile, with the default one as its limit. */
export async function measureZvecProfiles({ rows, parts, questions, onProgress }: ProfilesOptions): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-bench-profiles-"));
  const open = async (name: string, profile?: "edge"): Promise<Profile> => {
    const directory = join(folder, name);
    return { directory, store: await openZvecStore({ directory, profile }), rates: [] };
  };
  const profiles = [await open("default"), await open("edge", "edge")];
  try {
    for (const { store } of profiles) await store.ensureCollection(specNamed(COLLECTION));
    for (const { start, end } of rows.parts(parts)) {
      const points = rows.points(start, end);
      for (const { store, rates } of profiles) {
        rates.push(await rate(points.length, () => applyAll(store, COLLECTION, points)));
      }
    }
    onProgress("zvec: both profiles are loaded");
    const found: { readonly megabytes: number; readonly recall: number }[] = [];
    for (const { store, directory } of profiles) {
      await store.finishLoad(COLLECTION);
      found.push({
        recall: await meanRecall(store, rows, questions),
        megabytes: sizeOf(directory) / BYTES_PER_MEGABYTE,
      });
    }
    const [whole, edge] = found;
    const [wholeRates = [], edgeRates = []] = profiles.map(({ rates }) => rates);
    if (!whole || !edge) return [];
    const name = "zvec: edge profile (limit: default)";
    return [
      { metric: `${name}, on disk`, unit: "MB", values: [edge.megabytes], limit: whole.megabytes },
      { metric: `${name}, recall@${K}`, unit: "", values: [edge.recall], limit: whole.recall },
      { metric: `${name}, load`, unit: "points/s", values: edgeRates, limit: quantile(wholeRates, 0.5) },
    ];
  } finally {
    for (const { store } of profiles) await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function meanRecall(store: VectorStore, rows: Rows, { vectors, nearest }: Questions): Promise<number> {
  let sum = 0;
  for (const [query, vector] of vectors.entries()) {
    const hits = await store.search(COLLECTION, { vector, k: K });
    const truth = (nearest[query] ?? []).map((place) => rows.id(place));
    sum += recall(
      hits.map(({ id }) => id),
      truth,
    );
  }
  return sum / vectors.length;
}

/** Bytes of its files. */
function sizeOf(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
