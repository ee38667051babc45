import type { LocalStack } from "@freshet/local-stack/local-stack";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Figure } from "../report.js";
import { TransformerRun, type Row } from "./transformer.js";

export interface WaitingTexts {
  readonly rows: readonly Row[];
  readonly seconds: number;
  readonly dtype: "fp32" | "q8";
}

/** The transformer's memory while far more waits before it than it can do. */
export async function measureWaitingTexts(
  stack: LocalStack,
  { rows, seconds, dtype }: WaitingTexts,
): Promise<Figure[]> {
  const run = await TransformerRun.prepare(stack, `bench_wait_${process.pid}`, dtype);
  try {
    await run.insert(rows);
    await run.startProducer();
    const transformer = await run.startTransformer();
    await run.reached("upsert", 1);
    const anonymous: number[] = [];
    for (let second = 0; second < seconds; second++) {
      await wait(1000);
      anonymous.push(anonymousMegabytes(transformer.pid));
    }
    const done = await run.written("upsert");
    if (done === rows.length) throw new Error(`none of ${rows.length} texts waits any more: take more of them`);
    const half = Math.floor(anonymous.length / 2);
    return [
      {
        metric: `memory while ${rows.length} long texts wait, 2nd half of ${seconds} s, limit: 1st half`,
        unit: "MB",
        values: [Math.max(...anonymous.slice(half))],
        limit: Math.max(...anonymous.slice(0, half)),
        aim: { atMost: 1.1 },
      },
    ];
  } finally {
    await run.stop();
  }
}

/** In MB (10^6 bytes); see proc(5). Pages of mapped files, such as the cache's, are the kernel's to take back. */
function anonymousMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}
