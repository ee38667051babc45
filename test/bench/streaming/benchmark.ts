import { describeMachine, quantile, toResult, type BenchOptions, type BenchReport, type Figure } from "../report.js";
import { type Broker, PARTITIONS, startBroker } from "./broker.js";
import { type HopLatencies, measureLatency } from "./latency.js";
import { measureStalledMemory } from "./memory.js";
import {
  type Interruptions,
  measureRebalances,
  MESSAGES_PER_SECOND,
  SESSION_TIMEOUT_MS as REBALANCE_SESSION_TIMEOUT_MS,
} from "./rebalance.js";
import { type Load, measureThroughput } from "./throughput.js";

interface Workload {
  readonly runs: number;
  readonly loads: readonly Load[];
  readonly latencySeconds: number;
  readonly stalls: readonly { readonly messages: number; readonly bytes: number; readonly stallSeconds: number }[];
}

const FULL: Workload = {
  runs: 5,
  loads: loads({ small: 300_000, large: 100_000 }),
  latencySeconds: 30,
  stalls: stalls({ megabytes: 1000, stallSeconds: 20 }),
};
const QUICK: Workload = {
  runs: 1,
  loads: loads({ small: 60_000, large: 20_000 }),
  latencySeconds: 3,
  stalls: stalls({ megabytes: 100, stallSeconds: 5 }),
};

function loads({ small, large }: { small: number; large: number }): Load[] {
  return (["json", "bytes"] as const).flatMap((work) => [
    { messages: small, bytes: 200, work },
    { messages: large, bytes: 2000, work },
  ]);
}

function stalls({ megabytes, stallSeconds }: { megabytes: number; stallSeconds: number }): Workload["stalls"] {
  return [200, 2000].map((bytes) => ({ messages: (megabytes * 1e6) / bytes, bytes, stallSeconds }));
}

/** A hop of this library, `topic → apply → toTopic`, beside kafkajs alone, on a broker of its own. */
export async function runStreaming(options: BenchOptions): Promise<BenchReport> {
  const workload = options.quick ? QUICK : FULL;
  const broker = await startBroker(options.onProgress);
  try {
    const results = [
      ...(await throughput(broker, workload, options)),
      ...(await latency(broker, workload, options)),
      ...(await rebalances(broker, workload, options)),
      ...(await memory(broker, workload, options)),
    ].map(toResult);
    return { name: "streaming", workload: describe(workload), machine: describeMachine(), results };
  } finally {
    await broker.stop();
  }
}

function describe({ runs, latencySeconds }: Workload): string {
  return (
    `${PARTITIONS} partitions, ${runs} run(s), each member a process; limit: a kafkajs consumer-producer loop that makes ` +
    `the same messages of the same (key, partition, bytes; idempotent, acks=all, offsets behind it, its best sends), ` +
    `in turn with the hop, of exactly_once: the same hop without it; latency at 100 messages/s for ${latencySeconds} s; rebalances at ${MESSAGES_PER_SECOND} ` +
    `messages/s; memory, one run each`
  );
}

async function throughput(broker: Broker, workload: Workload, { onProgress }: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  const unit = "messages/s";
  for (const load of workload.loads) {
    const { hop, bare, exactlyOnce, settings } = await measureThroughput(broker, load, workload.runs, onProgress);
    const name = `${load.bytes} B, ${load.work}`;
    const { messagesPerSend, partitionsConsumedConcurrently: partitions } = settings;
    const best = `${messagesPerSend ?? "a whole fetch"} a send, ${partitions} partition(s) at a time`;
    figures.push(
      { metric: name, unit, values: hop, limit: quantile(bare, 0.5), aim: { atLeast: 0.8 } },
      { metric: `${name}, exactly_once`, unit, values: exactlyOnce, limit: quantile(hop, 0.5) },
      { metric: `${name}, kafkajs loop, ${best}`, unit, values: bare },
    );
  }
  return figures;
}

async function latency(broker: Broker, workload: Workload, { onProgress }: BenchOptions): Promise<Figure[]> {
  const runs: HopLatencies[] = [];
  for (let run = 1; run <= workload.runs; run++) {
    const measured = await measureLatency(broker, workload.latencySeconds);
    runs.push(measured);
    onProgress(`Latency ${run}: the hop adds ${quantile(measured.added, 0.5).toFixed(1)} ms (p50)`);
  }
  const figure = (metric: string, of: keyof HopLatencies, share: number, atMost?: number): Figure => ({
    ...{ metric: `${metric} p${share * 100}`, unit: "ms", values: runs.map((run) => quantile(run[of], share)) },
    ...(atMost === undefined ? {} : { aim: { atMost } }),
  });
  return [
    figure("added by the hop", "added", 0.5, 5),
    figure("added by the hop", "added", 0.99, 25),
    figure("send to record, no hop", "direct", 0.5),
    figure("send to record, no hop", "direct", 0.99),
    figure("send to record, hop", "through", 0.5),
    figure("send to record, hop", "through", 0.99),
  ];
}

async function rebalances(broker: Broker, workload: Workload, { onProgress }: BenchOptions): Promise<Figure[]> {
  const runs: Interruptions[] = [];
  for (let run = 1; run <= workload.runs; run++) {
    const measured = await measureRebalances(broker);
    runs.push(measured);
    const { join, leave, kill } = measured;
    const gaps = [join, leave, kill].map(({ partitionGapMs }) => `${Math.round(partitionGapMs)} ms`);
    onProgress(`Rebalance ${run}: no progress for ${gaps.join(", ")} (join, SIGTERM, SIGKILL)`);
  }
  const events: [keyof Interruptions, string][] = [
    ["join", "3rd joins"],
    ["leave", "1 of 3 gets SIGTERM"],
    ["kill", `1 of 3 gets SIGKILL (session ${REBALANCE_SESSION_TIMEOUT_MS / 1000} s)`],
  ];
  return events.flatMap(([event, name]) => [
    { metric: `${name}: gap, worst partition`, unit: "ms", values: runs.map((run) => run[event].partitionGapMs) },
    { metric: `${name}: gap, all partitions`, unit: "ms", values: runs.map((run) => run[event].gapMs) },
    { metric: `${name}: duplicates`, unit: "records", values: runs.map((run) => run[event].duplicates) },
  ]);
}

async function memory(broker: Broker, { stalls }: Workload, { onProgress }: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const stall of stalls) {
    const { stalled, drained } = await measureStalledMemory(broker, stall);
    const waiting = `${(stall.messages * stall.bytes) / 1e6} MB of ${stall.bytes} B`;
    onProgress(`Memory, ${waiting}: ${Math.round(stalled)} MB, then ${Math.round(drained)} MB`);
    figures.push(
      { metric: `peak memory, sink stalled, ${waiting}`, unit: "MB", values: [stalled] },
      { metric: `peak memory, drained, ${waiting}`, unit: "MB", values: [drained] },
    );
  }
  return figures;
}
