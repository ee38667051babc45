import { openPgvectorStore } from "@freshet/vector-stores/pgvector/store";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import pg from "pg";
import { describeMachine, quantile, toResult, type BenchOptions, type BenchReport, type Figure } from "../report.js";
import { startBenchPostgres } from "../bench-postgres.js";
import { DIMENSIONS, loadIndex } from "./index-load.js";
import { look, type LookResult, type Way } from "./looking.js";
import { plant, type Counts } from "./planted.js";
import { createTable } from "./source-table.js";

const FULL = { rows: 1_000_000, runs: 3, planted: [0, 10, 10_000] };
const QUICK = { rows: 20_000, runs: 1, planted: [0, 10, 200] };
const SCHEMA = "bench_verify";
const AIM = 2;

interface Place {
  readonly url: string;
  readonly store: VectorStore;
  readonly rows: number;
  readonly runs: number;
}

/** What it takes to find out that an index equals its table, or where it doesn't. */
export async function runVerify({ quick, onProgress }: BenchOptions): Promise<BenchReport> {
  const { rows, runs, planted: numbers } = quick ? QUICK : FULL;
  const server = await startBenchPostgres(onProgress);
  const store = openPgvectorStore({ url: server.url, schema: SCHEMA });
  try {
    onProgress(`A table of ${rows} rows`);
    await createTable(server.url, rows);
    await load(store, server.url, { rows, onProgress });
    const place = { url: server.url, store, rows, runs };
    const figures: Figure[] = [];
    for (const [at, planted] of numbers.entries()) {
      const counts = await plant(store, { rows, from: numbers[at - 1] ?? 0, to: planted });
      await vacuum(server.url);
      figures.push(...(await measure(place, counts, { planted, onProgress })));
    }
    return {
      name: "verify",
      workload:
        `${rows} rows of about 300 bytes, a point of ${DIMENSIONS} dimensions each, table and index (pgvector) on one server ` +
        `without parallel queries; no services, nothing is under way; limit: the naive way, in turn with it: Postgres hashes ` +
        `every row, a map keeps the hashes, and every point is read and held against it`,
      machine: describeMachine(),
      results: figures.map(toResult),
    };
  } finally {
    await store.close();
    await server.stop();
  }
}

async function load(
  store: VectorStore,
  url: string,
  { rows, onProgress }: { readonly rows: number; readonly onProgress: (message: string) => void },
): Promise<void> {
  const every = Math.ceil(rows / 10);
  let told = 0;
  await loadIndex(store, url, (points) => {
    if (points < told + every) return;
    told = points;
    onProgress(`${points} points loaded`);
  });
}

/** Else whoever looks first would find the pages as the writer left them. */
async function vacuum(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("VACUUM (ANALYZE)");
  await client.query("CHECKPOINT");
  await client.end();
}

async function measure(
  { url, rows, runs }: Place,
  expected: Counts,
  { planted, onProgress }: { readonly planted: number; readonly onProgress: (message: string) => void },
): Promise<Figure[]> {
  const results: Record<Way, LookResult[]> = { sums: [], naive: [] };
  for (let run = 0; run < runs; run += 1) {
    // Nobody is always the first.
    for (const way of run % 2 === 0 ? (["sums", "naive"] as const) : (["naive", "sums"] as const)) {
      const result = await look({ way, url, schema: SCHEMA });
      requireFound(result.counts, expected);
      results[way].push(result);
      onProgress(`${planted} planted, ${way}: ${Math.round(rows / result.seconds)} rows/s`);
    }
  }
  const rates = (way: Way) => results[way].map(({ seconds }) => rows / seconds);
  const of = `${planted} differences`;
  return [
    {
      ...{ metric: `${of}: verify`, unit: "rows/s", values: rates("sums"), limit: quantile(rates("naive"), 0.5) },
      ...(planted === 0 ? { aim: { atLeast: AIM } } : {}),
    },
    beside("peak memory", "MB", results, ({ peakMemory }) => peakMemory, of),
    beside("CPU of the Postgres processes that read the table", "s", results, ({ sourceCpu }) => sourceCpu, of),
  ];
}

function beside(
  what: string,
  unit: string,
  { sums, naive }: Record<Way, LookResult[]>,
  valueOf: (result: LookResult) => number,
  of: string,
): Figure {
  return { metric: `${of}: ${what}`, unit, values: sums.map(valueOf), limit: quantile(naive.map(valueOf), 0.5) };
}

function requireFound(counts: Counts, expected: Counts): void {
  for (const kind of ["missing", "stale", "superfluous", "orphaned"] as const) {
    if (counts[kind] !== expected[kind]) {
      throw new Error(`${counts[kind]} ${kind} rows were found, and ${expected[kind]} planted.`);
    }
  }
}
