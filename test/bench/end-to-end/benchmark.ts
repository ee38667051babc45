import { startLocalStack, type LocalStack } from "@freshet/local-stack/local-stack";
import { openModel } from "@freshet/embeddings/open-model";
import { Client } from "pg";
import { Pipeline } from "../../support/pipeline.js";
import { createTitlesTable, readTitles, titleText, type Title } from "../titles.js";
import { describeMachine, quantile, toResult, type BenchOptions, type BenchReport, type Figure } from "../report.js";
import { measureBackfill } from "./backfill.js";
import { measureFreshness } from "./freshness.js";

const DTYPE = "q8";
const QUICK_ROWS = 300;

/** From rows in a table to answers of the search service, through every service as a process of its own. */
export async function runEndToEnd(options: BenchOptions): Promise<BenchReport> {
  const all = readTitles(options.data);
  const titles = options.quick ? all.slice(0, QUICK_ROWS) : all;
  const runs = options.quick ? 1 : 3;
  const stack = await startLocalStack({ environment: process.env, dtype: DTYPE, onProgress: options.onProgress });
  try {
    const limit = await modelAlone(stack, titles);
    options.onProgress(`The model alone: ${Math.round(limit)} texts/s`);
    const backfills: number[] = [];
    const latencies: number[][] = [];
    for (let run = 1; run <= runs; run++) {
      const { rowsPerSecond, latenciesMs } = await measureOnce(stack, titles, run, options);
      backfills.push(rowsPerSecond);
      latencies.push(latenciesMs);
    }
    return {
      name: "end-to-end",
      workload:
        `${titles.length} titles (${options.data === null ? "synthetic" : "titles.csv"}), title and description, ${DTYPE}; ` +
        `limit: the same texts through the model alone; latency at 5 rows/s`,
      machine: describeMachine(),
      results: [
        toResult({ metric: "backfill", unit: "rows/s", values: backfills, limit }),
        ...latencyFigures(latencies).map(toResult),
      ],
    };
  } finally {
    await stack.stop();
  }
}

/** Quantiles of each run. */
function latencyFigures(latencies: readonly (readonly number[])[]): Figure[] {
  return [0.5, 0.95, 0.99].map((share) => ({
    metric: `commit to searchable p${share * 100}`,
    unit: "ms",
    values: latencies.map((run) => quantile(run, share)),
  }));
}

/** Texts per second when nothing but the model works, in the batches that it likes. */
async function modelAlone(stack: LocalStack, titles: readonly Title[]): Promise<number> {
  const settings = {
    provider: "local",
    name: "BAAI/bge-small-en-v1.5",
    dtype: DTYPE,
    queryPrefix: "",
    documentPrefix: "",
  } as const;
  const model = await openModel(settings, { modelDirectory: stack.modelDirectory, modelCache: stack.modelDirectory });
  const texts = titles.slice(0, 2000).map(titleText);
  try {
    await model.embed(texts.slice(0, 64), "document");
    const startedAt = performance.now();
    for (let start = 0; start < texts.length; start += 256)
      await model.embed(texts.slice(start, start + 256), "document");
    return (texts.length / (performance.now() - startedAt)) * 1000;
  } finally {
    await model.close();
  }
}

async function measureOnce(
  stack: LocalStack,
  titles: readonly Title[],
  run: number,
  { onProgress, quick }: BenchOptions,
): Promise<{ rowsPerSecond: number; latenciesMs: number[] }> {
  const schema = `bench_${process.pid}_${run}`;
  const client = new Client({ connectionString: stack.postgres.url });
  await client.connect();
  await createTitlesTable(client, schema, titles);
  const pipeline = await Pipeline.prepare({
    postgresUrl: stack.postgres.url,
    brokers: stack.kafka.brokers,
    modelDirectory: stack.modelDirectory,
    dtype: DTYPE,
    name: schema,
    table: { schema, name: "titles" },
    text: "{{ title }}. {{ description }}",
    payload: ["title"],
    logLevel: "warn",
  });
  try {
    const rowsPerSecond = await measureBackfill(pipeline, titles.length);
    onProgress(`Backfill ${run}: ${Math.round(rowsPerSecond)} rows/s`);
    const latenciesMs = await measureFreshness({ pipeline, client, schema, seconds: quick ? 5 : 30 });
    onProgress(`Commit to searchable ${run}: p50 ${Math.round(quantile(latenciesMs, 0.5))} ms`);
    return { rowsPerSecond, latenciesMs };
  } finally {
    await pipeline.stop();
    await client.query(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1`, [
      schema,
    ]);
    await client.query(`DROP PUBLICATION IF EXISTS ${schema}; DROP SCHEMA ${schema} CASCADE`);
    await client.end();
  }
}
