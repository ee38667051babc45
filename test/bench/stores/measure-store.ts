import { randomUUID } from "node:crypto";
import type { Figure } from "../report.js";
import { measureLoad } from "./load.js";
import { FEATURES, Rows, specNamed } from "./rows.js";
import { measureSearch, type Questions } from "./search.js";
import { SinkPath } from "./sink-path.js";
import type { Subject } from "./subject.js";
import { measureUpdates } from "./updates.js";

export interface Workload {
  readonly points: number;
  readonly parts: number;
  readonly probe: number;
  readonly single: number;
  readonly updates: number;
  readonly updateRuns: number;
  readonly queries: number;
  readonly searchRuns: number;
  /** Of CISI. */
  readonly documents: number;
}

export interface StoreMeasure {
  readonly subject: Subject;
  readonly workload: Workload;
  readonly vectors: Float32Array;
  readonly texts: readonly string[];
  readonly questions: readonly Questions[];
  readonly onProgress: (message: string) => void;
}

/** Loading, searching, changing: in this order, on one collection that the sink fills and one of the bare client. */
export async function measureStore(options: StoreMeasure): Promise<Figure[]> {
  const { subject, workload, vectors, texts, questions, onProgress } = options;
  const { name, store } = subject;
  const rows = new Rows(`bench_${randomUUID().slice(0, 8)}`, vectors, texts);
  const sink = new SinkPath({ store, index: rows.index, features: FEATURES });
  const bare = await subject.client.open(specNamed(`${rows.index}_bare`));
  try {
    const loaded = await measureLoad({ ...workload, subject, rows, sink, bare, onProgress });
    const collection = (await store.resolveAlias(rows.index)) ?? "";
    const seconds = await time(async () => {
      await store.finishLoad(collection);
      await subject.indexed(collection);
    });
    onProgress(`${name}: the index is ready after ${seconds.toFixed(1)} s`);
    await bare.finish();
    const idOf = (place: number) => rows.id(place);
    const searching = { subject, collection, bare, questions, idOf, runs: workload.searchRuns, onProgress };
    return [
      ...loaded,
      { metric: `${name}: after the load, until the index is ready`, unit: "s", values: [seconds] },
      ...(await measureSearch(searching)),
      await measureUpdates({ ...workload, subject, rows, sink }),
    ];
  } finally {
    await bare.drop();
    const collection = await store.resolveAlias(rows.index);
    if (collection !== null) await store.drop(collection);
  }
}

async function time(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
