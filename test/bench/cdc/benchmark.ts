import { describeMachine, quantile, toResult, type BenchOptions, type BenchReport, type Figure } from "../report.js";
import { produceBare, type BareProducerResult } from "./bare-producer.js";
import { drainBacklog } from "./drain.js";
import { measureLatency, type Latencies } from "./latency.js";
import { peakMemory } from "./memory.js";
import { startServers, type Servers } from "./servers.js";
import { takeSnapshot } from "./snapshot.js";

interface Workload {
  readonly runs: number;
  readonly rows: number;
  readonly latencySeconds: number;
  readonly largeRows: number;
  readonly smallRows: number;
}

const FULL: Workload = {
  ...{ runs: 5, rows: 500_000, latencySeconds: 30 },
  ...{ largeRows: 1_000_000, smallRows: 10_000_000 },
};
const QUICK: Workload = { runs: 1, rows: 50_000, latencySeconds: 3, largeRows: 100_000, smallRows: 200_000 };
const LARGE_NOTE_BYTES = 950;
const SMALL_NOTE_BYTES = 8;

/** The CDC producer beside Postgres' and Kafka's own clients, on servers of its own. */
export async function runCdc(options: BenchOptions): Promise<BenchReport> {
  const workload = options.quick ? QUICK : FULL;
  const servers = await startServers(options.onProgress);
  try {
    const results = [
      ...(await throughput(servers, workload, options)),
      ...(await latency(servers, workload, options)),
      ...(await memory(servers, workload, options)),
    ].map(toResult);
    return { name: "cdc", workload: describe(workload), machine: describeMachine(), results };
  } finally {
    await servers.stop();
  }
}

function describe({ runs, rows, latencySeconds, largeRows, smallRows }: Workload): string {
  return (
    `${rows} rows of 216 bytes in transactions of 1000, 6 partitions, ${runs} run(s); limit: a kafkajs loop that ` +
    `produces the same messages (key, partition, bytes; idempotent, acks=all, its best batch); latency at 100 rows/s ` +
    `for ${latencySeconds} s; memory, one run each: ${largeRows} rows of 1 kB in one transaction, ` +
    `${smallRows} rows of 60 bytes in transactions of 1000`
  );
}

async function throughput(servers: Servers, { runs, rows }: Workload, { onProgress }: BenchOptions): Promise<Figure[]> {
  const drains: number[] = [];
  const bareReads: number[] = [];
  const snapshots: number[] = [];
  const copies: number[] = [];
  let loop: BareProducerResult | undefined;
  for (let run = 1; run <= runs; run++) {
    const { capture, rate, bareRate } = await drainBacklog(servers, rows);
    drains.push(rate);
    if (bareRate !== null) bareReads.push(bareRate);
    onProgress(`Drain ${run}: ${Math.round(rate)} events/s`);
    loop ??= await produceBare({ brokers: servers.kafka.brokers, topic: capture.watch.topic, runs });
    await capture.close();
    await capture.watch.delete();
    const snapshot = await takeSnapshot(servers, capture.table, rows);
    snapshots.push(snapshot.rate);
    copies.push(snapshot.copyRate);
    onProgress(`Snapshot ${run}: ${Math.round(snapshot.rate)} rows/s`);
    await capture.watch.delete();
    await capture.table.drop();
  }
  if (loop === undefined) return [];
  const limit = quantile(loop.rates, 0.5);
  const unit = "rows/s";
  return [
    { metric: "drain", unit, values: drains, limit, aim: { atLeast: 0.8 } },
    { metric: "snapshot", unit, values: snapshots, limit, aim: { atLeast: 0.8 } },
    { metric: `kafkajs loop, ${loop.batch} a send`, unit, values: loop.rates },
    { metric: "kafkajs loop, no partitioner", unit, values: loop.unpartitionedRates },
    ...(bareReads.length > 0 ? [{ metric: "pg_recvlogical", unit, values: bareReads }] : []),
    { metric: "COPY TO STDOUT", unit, values: copies },
  ];
}

async function latency(servers: Servers, workload: Workload, { onProgress }: BenchOptions): Promise<Figure[]> {
  const runs: Latencies[] = [];
  for (let run = 1; run <= workload.runs; run++) {
    const measured = await measureLatency(servers, workload.latencySeconds);
    runs.push(measured);
    onProgress(`Commit to record ${run}: p50 ${quantile(measured.changes, 0.5).toFixed(1)} ms`);
  }
  const figure = (metric: string, of: keyof Latencies, share: number, atMost?: number): Figure => ({
    ...{ metric: `${metric} p${share * 100}`, unit: "ms", values: runs.map((run) => quantile(run[of], share)) },
    ...(atMost === undefined ? {} : { aim: { atMost } }),
  });
  return [
    figure("commit to record", "changes", 0.5, 10),
    figure("commit to record", "changes", 0.99, 27),
    figure("kafkajs send to record", "bare", 0.5),
    figure("kafkajs send to record", "bare", 0.99),
  ];
}

async function memory(servers: Servers, workload: Workload, { onProgress }: BenchOptions): Promise<Figure[]> {
  const { largeRows, smallRows } = workload;
  const large = await peakMemory(servers, largeRows, ({ table }) => table.insertAtOnce(1, largeRows, LARGE_NOTE_BYTES));
  onProgress(`Memory, one transaction: ${Math.round(large)} MB`);
  const small = await peakMemory(servers, smallRows, ({ table }) => table.insert(1, smallRows, SMALL_NOTE_BYTES));
  onProgress(`Memory, many transactions: ${Math.round(small)} MB`);
  const aim = { atMost: 300 };
  return [
    { metric: `peak memory, ${largeRows} kB at once`, unit: "MB", values: [large], aim },
    { metric: `peak memory, ${smallRows} rows`, unit: "MB", values: [small], aim },
  ];
}
