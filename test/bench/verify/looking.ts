import { fork } from "node:child_process";
import { once } from "node:events";
import type { Counts } from "./planted.js";

/** `sums` is what `freshet verify` does; the naive way has all hashes of both sides in a map. */
export type Way = "sums" | "naive";

export interface LookOrder {
  readonly way: Way;
  readonly url: string;
  readonly schema: string;
}

export interface LookResult {
  readonly seconds: number;
  /** Of the process that looked, in MB (10^6 bytes). */
  readonly peakMemory: number;
  /** CPU seconds of the Postgres processes that read the table. */
  readonly sourceCpu: number;
  readonly counts: Counts;
}

/** One comparison, in a process of its own. @throws when it ends without a result. */
export async function look(order: LookOrder): Promise<LookResult> {
  const child = fork(new URL("./look-process.js", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    child.send(order);
    const [result] = (await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => {
        throw new Error(`The ${order.way} comparison ended without a result.`);
      }),
    ])) as [LookResult];
    return result;
  } finally {
    child.kill();
  }
}
