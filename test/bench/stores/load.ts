import { runInFlight } from "@freshet/vector-stores/in-flight";
import { slices } from "@freshet/vector-stores/slices";
import type { CollectionSpec } from "@freshet/vector-stores/collection-spec";
import type { Point, VectorStore } from "@freshet/vector-stores/vector-store";
import { quantile, type Figure } from "../report.js";
import { rate } from "./rate.js";
import { FEATURES, MODEL, type Rows } from "./rows.js";
import { SinkPath } from "./sink-path.js";
import type { BareCollection, RequestSettings, Subject } from "./subject.js";

export interface LoadOptions {
  readonly subject: Subject;
  readonly rows: Rows;
  readonly sink: SinkPath;
  /** Of the same rows, for the bare client. */
  readonly bare: BareCollection;
  /** In how many parts the rows are loaded, so that all loops have the machine's good and bad moments. */
  readonly parts: number;
  /** Points for each of the settings that are tried. */
  readonly probe: number;
  /** Points that are written one by one. */
  readonly single: number;
  readonly onProgress: (message: string) => void;
}

/** Points a second by each way; loads the sink's collection and the bare one. */
export async function measureLoad(options: LoadOptions): Promise<Figure[]> {
  const { subject, rows, sink, bare, parts, single, onProgress } = options;
  const { name, store } = subject;
  const settings = await bestSettings(options);
  const oneByOne = await withBare(subject, (collection) =>
    rate(single, () => loop(collection, rows.points(0, single), { points: 1, inFlight: 1 })),
  );
  await warmUp(options);
  const applied = specNamed(`${rows.index}_apply`);
  await store.ensureCollection(applied);
  const rates = { sink: [] as number[], apply: [] as number[], bare: [] as number[] };
  for (const [part, { start, end }] of rows.parts(parts).entries()) {
    const records = rows.snapshot(start, end);
    const points = rows.points(start, end);
    const ways = [
      async () => rates.sink.push(await rate(end - start, () => sink.write(records))),
      async () => rates.bare.push(await rate(end - start, () => loop(bare, points, settings))),
      async () => rates.apply.push(await rate(end - start, () => applyAll(store, applied.name, points))),
    ];
    // Nobody is always the first.
    for (let turn = 0; turn < ways.length; turn++) await ways[(part + turn) % ways.length]?.();
    const last = [rates.sink, rates.apply, rates.bare].map((of) => Math.round(of.at(-1) ?? 0));
    onProgress(`${name}: ${end} points, ${last.join(", ")} points/s (sink, apply, bare)`);
  }
  await store.drop(applied.name);
  const limit = quantile(rates.bare, 0.5);
  const how = `bare: ${settings.points} points a request, ${settings.inFlight} in flight`;
  return [
    {
      ...{ metric: `${name}: load through the sink (${how})`, unit: "points/s", values: rates.sink, limit },
      aim: { atLeast: 0.9 },
    },
    { metric: `${name}: load, the adapter alone`, unit: "points/s", values: rates.apply, limit },
    { metric: `${name}: load, bare, one point a request`, unit: "points/s", values: [oneByOne], limit },
  ];
}

export function specNamed(name: string): CollectionSpec {
  return { name, model: MODEL, distance: "cosine", features: FEATURES };
}

async function bestSettings({ subject, rows, probe, onProgress }: LoadOptions): Promise<RequestSettings> {
  const points = rows.points(0, probe);
  let best: { readonly settings: RequestSettings; readonly rate: number } | undefined;
  for (const settings of subject.settings) {
    const reached = await withBare(subject, (bare) => rate(probe, () => loop(bare, points, settings)));
    onProgress(`${subject.name}: bare, ${settings.points} × ${settings.inFlight}: ${Math.round(reached)} points/s`);
    if (!best || reached > best.rate) best = { settings, rate: reached };
  }
  if (!best) throw new Error(`No settings to try with ${subject.name}.`);
  return best.settings;
}

/** The sink's code too has been run for a while when it is measured. */
async function warmUp({ subject: { store }, rows, probe }: LoadOptions): Promise<void> {
  const other = rows.ofIndex(`${rows.index}_warm`);
  const sink = new SinkPath({ store, index: other.index, features: FEATURES });
  await sink.write(other.snapshot(0, probe));
  const collection = await store.resolveAlias(other.index);
  if (collection !== null) await store.drop(collection);
}

let bares = 0;

async function withBare<T>(subject: Subject, work: (bare: BareCollection) => Promise<T>): Promise<T> {
  const bare = await subject.openBare(specNamed(`bench_bare_${process.pid}_${++bares}`));
  try {
    return await work(bare);
  } finally {
    await bare.drop();
  }
}

function loop(bare: BareCollection, points: readonly Point[], settings: RequestSettings): Promise<void> {
  const requests = [...slices(points, settings.points)];
  return runInFlight(
    settings.inFlight,
    requests.map((some) => () => bare.upsert(some)),
  );
}

const POINTS_PER_APPLY = 1_000;

/** By the adapter alone. */
export async function applyAll(store: VectorStore, collection: string, points: readonly Point[]): Promise<void> {
  for (const upserts of slices(points, POINTS_PER_APPLY)) {
    await store.apply(collection, { upserts, payloads: [], deletes: [] }, () => undefined);
  }
}
