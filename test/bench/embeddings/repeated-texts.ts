import type { LocalStack } from "@freshet/local-stack/local-stack";
import { quantile, type Figure } from "../report.js";
import { watchArrivals } from "../streaming/arrivals.js";
import { until } from "../../support/until.js";
import { TransformerRun, type Row } from "./transformer.js";

export interface RepeatedTexts {
  readonly rows: readonly Row[];
  /** Rows that come one after the other, when all else is done. */
  readonly single: readonly Row[];
  /** Of an inference for one of those texts, in ms. */
  readonly inferenceMs: number;
  readonly dtype: "fp32" | "q8";
  readonly onProgress: (message: string) => void;
}

/** What a service that knows all texts does with them; then one new text at a time. */
export async function measureRepeatedTexts(stack: LocalStack, options: RepeatedTexts): Promise<Figure[]> {
  const { rows, single, inferenceMs, dtype, onProgress } = options;
  const run = await TransformerRun.prepare(stack, `bench_texts_${process.pid}`, dtype);
  try {
    await run.insert(rows);
    await run.startProducer();
    await run.startTransformer();
    await run.reached("upsert", rows.length);
    const inferences = await run.inferences();
    if (inferences === 0) throw new Error("The transformer counts no inferences, so none later would mean nothing.");
    onProgress(`${rows.length} texts are embedded, with ${inferences} inferences`);
    const touched = await repeat(run, rows.length, () => run.touchAll());
    await run.deleteAll();
    await run.reached("delete", rows.length);
    const again = await repeat(run, rows.length, () => run.insert(rows));
    onProgress(`Again: ${Math.round(touched.rowsPerSecond)} and ${Math.round(again.rowsPerSecond)} rows/s`);
    const none = { atMost: 0 };
    return [
      { metric: "updates beside the text: inferences", unit: "texts", values: [touched.inferences], aim: none },
      { metric: "updates beside the text", unit: "rows/s", values: [touched.rowsPerSecond] },
      { metric: "all rows a second time: inferences", unit: "texts", values: [again.inferences], aim: none },
      { metric: "all rows a second time", unit: "rows/s", values: [again.rowsPerSecond] },
      {
        ...{ metric: "one text through the idle transformer p50", unit: "ms" },
        ...{ values: [quantile(await oneByOne(run, stack.kafka.brokers, single), 0.5)], limit: inferenceMs },
      },
    ];
  } finally {
    await run.stop();
  }
}

async function repeat(
  run: TransformerRun,
  rows: number,
  change: () => Promise<void>,
): Promise<{ inferences: number; rowsPerSecond: number }> {
  const [inferences, written] = [await run.inferences(), await run.written("upsert")];
  const startedAt = performance.now();
  await change();
  await run.reached("upsert", written + rows);
  const rowsPerSecond = (rows / (performance.now() - startedAt)) * 1000;
  return { inferences: (await run.inferences()) - inferences, rowsPerSecond };
}

/** ms from each row's record before the transformer to its record behind it, both as the same kind of consumer sees them. */
async function oneByOne(run: TransformerRun, brokers: string[], rows: readonly Row[]): Promise<number[]> {
  const before = new Map<string, number>();
  const behind = new Map<string, number>();
  const closers = [
    await watchArrivals(brokers, run.input, ({ key, at }) => before.set(key, at)),
    await watchArrivals(brokers, run.output, ({ key, at }) => behind.set(key, at)),
  ];
  const added: number[] = [];
  try {
    for (const row of rows) {
      await run.insert([row]);
      const keyOf = () => [...behind.keys()].find((key) => key.includes(`"${row.id}"`)) ?? null;
      const key = await until(keyOf, { what: `${row.id} is behind`, timeoutMs: 60_000, everyMs: 20 });
      added.push((behind.get(key) ?? Number.NaN) - (before.get(key) ?? Number.NaN));
    }
    return added;
  } finally {
    await Promise.all(closers.map((close) => close()));
  }
}
