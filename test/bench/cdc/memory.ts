import { readFileSync } from "node:fs";
import { Capture, PARTITIONS } from "./capture.js";
import type { Servers } from "./servers.js";

/** @returns the producer's peak of resident memory, in MB (10^6 bytes), while it brings what `change` does to the topic. */
export async function peakMemory(
  servers: Servers,
  rows: number,
  change: (capture: Capture) => Promise<void>,
): Promise<number> {
  const capture = await Capture.prepare(servers);
  try {
    const { pid, alive } = await capture.startEmpty();
    await change(capture);
    await capture.watch.reaches(PARTITIONS + 1 + rows, alive);
    const peak = peakResident(pid);
    await capture.stop();
    return peak;
  } finally {
    await capture.close();
    await capture.watch.delete();
    await capture.table.drop();
  }
}

/** See proc(5). */
export function peakResident(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}
