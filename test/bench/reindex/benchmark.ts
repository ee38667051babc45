import { setTimeout as wait } from "node:timers/promises";
import { startLocalStack, type LocalStack } from "@freshet/local-stack/local-stack";
import { randomSource } from "@freshet/local-stack/random";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import { Client } from "pg";
import { FreshetCommand } from "../../support/freshet-command.js";
import { Pipeline } from "../../support/pipeline.js";
import { SteadySearches } from "../../support/steady-searches.js";
import { until } from "../../support/until.js";
import { describeMachine, quantile, toResult, type BenchOptions, type BenchReport, type Figure } from "../report.js";
import { embeddedTexts } from "./embedded-texts.js";
import { sentence } from "./sentence.js";
import { filledAt, fromHalfFilled } from "./half-filled.js";
import { SteadyWrites, type Written } from "./steady-writes.js";

const DTYPE = "q8";
const FULL = { rows: 8_000, runs: 3, beforeSeconds: 60, writesPerSecond: 50, searchesPerSecond: 20 };
const QUICK = { rows: 300, runs: 1, beforeSeconds: 10, writesPerSecond: 5, searchesPerSecond: 5 };
/** Rows that nobody writes to, and searches are for. */
const STILL_ROWS = 100;
const SEED = 20_260_401;
const OLD_TEXT = "{{ body }}";
const NEW_TEXT = "Title: {{ title }}. {{ body }}";

interface Run {
  readonly before: Written;
  readonly meanwhile: Written;
  readonly searches: number;
  readonly failed: number;
  readonly halfFilled: number;
  readonly seconds: number;
  readonly embedded: number;
  /** As few as do. */
  readonly needed: number;
}

/** What another template costs an index that is being written to and searched meanwhile. */
export async function runReindex({ quick, onProgress }: BenchOptions): Promise<BenchReport> {
  const load = quick ? QUICK : FULL;
  const { rows, runs, writesPerSecond, searchesPerSecond } = load;
  const stack = await startLocalStack({ environment: process.env, dtype: DTYPE, onProgress });
  try {
    const done: Run[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const result = await measureOnce(stack, { ...load, run, onProgress });
      done.push(result);
      onProgress(
        `Run ${run}: ${rows} rows in ${Math.round(result.seconds)} s, ${result.searches} searches, ${result.failed} failed`,
      );
    }
    return {
      name: "reindex",
      workload:
        `another template for ${rows} rows, ${DTYPE}, zvec, under ${writesPerSecond} writes/s and ${searchesPerSecond} searches/s; ` +
        `freshness of one write in 25, by looks for its point every 50 ms, limit: the same load before; ` +
        `texts: limit: one for each row, and for each write one for each template it changes`,
      machine: describeMachine(),
      results: figures(done, rows).map(toResult),
    };
  } finally {
    await stack.stop();
  }
}

function figures(runs: readonly Run[], rows: number): Figure[] {
  const each = (of: (run: Run) => number) => runs.map(of);
  const p99 = (written: (run: Run) => Written) => each((run) => quantile(written(run).freshnessMs, 0.99));
  const middle = (values: readonly number[]) => quantile(values, 0.5);
  return [
    { metric: "failed searches", unit: "", values: each(({ failed }) => failed), aim: { atMost: 0 } },
    {
      metric: "answers from a half-filled collection",
      unit: "",
      values: each(({ halfFilled }) => halfFilled),
      aim: { atMost: 0 },
    },
    { metric: "searches meanwhile", unit: "", values: each(({ searches }) => searches) },
    {
      ...{ metric: "commit to searchable p99, meanwhile", unit: "ms", values: p99(({ meanwhile }) => meanwhile) },
      limit: middle(p99(({ before }) => before)),
    },
    {
      ...{ metric: "texts embedded", unit: "", values: each(({ embedded }) => embedded) },
      limit: middle(each(({ needed }) => needed)),
    },
    { metric: "reindex, from the command to its end", unit: "s", values: each(({ seconds }) => seconds) },
    { metric: "reindex", unit: "rows/s", values: each(({ seconds }) => rows / seconds) },
  ];
}

interface Setting extends Pick<BenchOptions, "onProgress"> {
  readonly rows: number;
  readonly run: number;
  /** Of the same load, without a reindexing. */
  readonly beforeSeconds: number;
  readonly writesPerSecond: number;
  readonly searchesPerSecond: number;
}

async function measureOnce(stack: LocalStack, setting: Setting): Promise<Run> {
  const schema = `bench_reindex_${process.pid}_${setting.run}`;
  const client = new Client({ connectionString: stack.postgres.url });
  await client.connect();
  const pipeline = await Pipeline.prepare({
    ...{ postgresUrl: stack.postgres.url, brokers: stack.kafka.brokers, modelDirectory: stack.modelDirectory },
    ...{ dtype: DTYPE, name: schema, table: { schema, name: "rows" }, text: OLD_TEXT, payload: ["title", "body"] },
    logLevel: "warn",
  });
  try {
    return await measure(pipeline, client, setting);
  } finally {
    await pipeline.stop();
    await client.query(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1`, [
      schema,
    ]);
    await client.query(`DROP PUBLICATION IF EXISTS ${schema}; DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
  }
}

async function measure(pipeline: Pipeline, client: Client, setting: Setting): Promise<Run> {
  const { rows, run, beforeSeconds, writesPerSecond, searchesPerSecond, onProgress } = setting;
  const random = randomSource(SEED + run);
  const table = `${pipeline.name}.rows`;
  const still = await createRows(client, { schema: pipeline.name, table, rows, random });
  const services = await Promise.all(
    (["cdc-producer", "embedding-transformer", "vector-sink", "search"] as const).map((name) => pipeline.start(name)),
  );
  const [, transformer, , search] = services;
  if (transformer === undefined || search === undefined) throw new Error("a service is missing");
  await Promise.all(services.map((service) => service.ready(1_200_000)));
  const store = openRemoteStore({ url: pipeline.storeUrl, store: "main" });
  const old = await until(() => store.resolveAlias(pipeline.name), {
    what: "there is a collection",
    timeoutMs: 60_000,
  });
  await until(async () => (await store.count(old)) >= rows, {
    ...{ what: `the index holds ${rows} rows`, timeoutMs: 1_200_000, everyMs: 200 },
  });
  onProgress(`Run ${run}: ${rows} rows are indexed`);
  const writes = new SteadyWrites({
    ...{ client, table, index: pipeline.name, store, perSecond: writesPerSecond, rows, random },
    text: () => sentence(random, 12),
  });
  const asked = { url: search.url, index: pipeline.name, perSecond: searchesPerSecond, k: 10 };
  const question = () => still[Math.floor(random() * still.length)] ?? "";
  const warm = new SteadySearches({ ...asked, question });
  await wait(beforeSeconds * 1000);
  const before = await writes.take();
  await warm.stop();

  const searches = new SteadySearches({ ...asked, question });
  const { rows: counted } = await client.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`);
  const present = counted[0]?.rows ?? 0;
  const embeddedBefore = await embeddedTexts(transformer.url);
  const ended = new AbortController();
  const filling = filledAt(store, pipeline.name, {
    before: old,
    points: Math.floor(present * 0.98),
    signal: ended.signal,
  });
  const startedAt = performance.now();
  await command(pipeline, "--yes", "--template", NEW_TEXT);
  const seconds = (performance.now() - startedAt) / 1000;
  const meanwhile = await writes.take();
  const embedded = (await embeddedTexts(transformer.url)) - embeddedBefore;
  ended.abort();
  const filled = await filling;
  await writes.stop();
  const searched = await searches.stop();
  await store.close();
  return {
    ...{ before, meanwhile, seconds, embedded, searches: searched.length, failed: searches.failed.length },
    halfFilled: fromHalfFilled(searched, { filled, isNew: (text) => text.startsWith("Title: ") }),
    needed: present + meanwhile.bodies + meanwhile.texts,
  };
}

/** @returns the texts of the rows that nobody writes to. */
async function createRows(
  client: Client,
  { schema, table, rows, random }: { schema: string; table: string; rows: number; random: () => number },
): Promise<string[]> {
  await client.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${table} (id bigint PRIMARY KEY, title text, body text)`);
  const ids = Array.from({ length: rows }, (_, place) => (place < STILL_ROWS ? -1 - place : place + 1));
  const bodies = ids.map(() => sentence(random, 12));
  await client.query(
    `INSERT INTO ${table} SELECT id, 'Title ' || id, body FROM unnest($1::bigint[], $2::text[]) AS made (id, body)`,
    [ids, bodies],
  );
  return bodies.slice(0, STILL_ROWS);
}

/** @throws {Error} with what it said. */
async function command(pipeline: Pipeline, ...options: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await new FreshetCommand(pipeline.environment, [
    ...["reindex", pipeline.name],
    ...options,
  ]).outcome();
  if (code !== 0) throw new Error(`freshet reindex ended with ${code ?? "a kill"}:\n${stdout}\n${stderr}`);
}
