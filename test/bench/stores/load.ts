import { slices } from "@freshet/vector-stores/slices";
import type { Point, VectorStore } from "@freshet/vector-stores/vector-store";
import { quantile, type Figure } from "../report.js";
import { BareLoop } from "./bare-loop.js";
import { rate } from "./rate.js";
import { FEATURES, specNamed, type Rows } from "./rows.js";
import { SinkPath } from "./sink-path.js";
import type { BareCollection, Subject } from "./subject.js";

/** One of the client's ways. */
interface Load {
  readonly loop: BareLoop;
  readonly bare: BareCollection;
  readonly rates: number[];
}

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
  const { subject, rows, sink, bare, parts, probe, single, onProgress } = options;
  const { name, store, client, others = [] } = subject;
  const sample = rows.points(0, probe);
  const loops: Load[] = [{ loop: await BareLoop.best(client, sample, onProgress), bare, rates: [] }];
  for (const other of others) {
    const loop = await BareLoop.best(other, sample, onProgress);
    loops.push({ loop, bare: await loop.open(), rates: [] });
  }
  const first = BareLoop.oneByOne(client);
  const oneByOne = await first.withCollection((collection) =>
    rate(single, () => first.write(collection, rows.points(0, single))),
  );
  await warmUp(options);
  const applied = specNamed(`${rows.index}_apply`);
  await store.ensureCollection(applied);
  const rates = { sink: [] as number[], apply: [] as number[] };
  for (const [part, { start, end }] of rows.parts(parts).entries()) {
    const records = rows.snapshot(start, end);
    const points = rows.points(start, end);
    const ways = [
      async () => rates.sink.push(await rate(end - start, () => sink.write(records))),
      ...loops.map((each) => async () => {
        each.rates.push(await rate(end - start, () => each.loop.write(each.bare, points)));
      }),
      async () => rates.apply.push(await rate(end - start, () => applyAll(store, applied.name, points))),
    ];
    // Nobody is always the first.
    for (let turn = 0; turn < ways.length; turn++) await ways[(part + turn) % ways.length]?.();
    const last = [rates.sink, rates.apply, ...loops.map((each) => each.rates)].map((of) => Math.round(of.at(-1) ?? 0));
    onProgress(`${name}: ${end} points, ${last.join(", ")} points/s (sink, adapter, bare)`);
  }
  await store.drop(applied.name);
  for (const each of loops.slice(1)) await each.bare.drop();
  return [
    ...loops.flatMap((each, place) => toFigures(name, rates, each, place === 0)),
    { metric: `${name}: load, ${client.name}, one point a request`, unit: "points/s", values: [oneByOne] },
  ];
}

function toFigures(
  name: string,
  { sink, apply }: { readonly sink: readonly number[]; readonly apply: readonly number[] },
  { loop, rates }: Load,
  isAim: boolean,
): Figure[] {
  const limit = quantile(rates, 0.5);
  return [
    {
      ...{ metric: `${name}: load through the sink (limit: ${loop.name})`, unit: "points/s", values: sink, limit },
      ...(isAim ? { aim: { atLeast: 0.9 } } : {}),
    },
    { metric: `${name}: load, the adapter alone (limit: ${loop.name})`, unit: "points/s", values: apply, limit },
  ];
}

/** The sink's code too has been run for a while when it is measured. */
async function warmUp({ subject: { store }, rows, probe }: LoadOptions): Promise<void> {
  const other = rows.ofIndex(`${rows.index}_warm`);
  const sink = new SinkPath({ store, index: other.index, features: FEATURES });
  await sink.write(other.snapshot(0, probe));
  const collection = await store.resolveAlias(other.index);
  if (collection !== null) await store.drop(collection);
}

const POINTS_PER_APPLY = 1_000;

/** By the adapter alone. */
export async function applyAll(store: VectorStore, collection: string, points: readonly Point[]): Promise<void> {
  for (const upserts of slices(points, POINTS_PER_APPLY)) {
    await store.apply(collection, { upserts, payloads: [], deletes: [] }, () => undefined);
  }
}
