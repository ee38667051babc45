import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

const LOOK_MS = 2;

/**
 * Stops a process with SIGSTOP, and resolves when each of its threads stands still: the one that takes the signal may have to
 * wait for a processor, and until then the others go on.
 */
export async function pauseProcess(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  while (!(await standsStill(pid))) await delay(LOOK_MS);
}

/** By proc(5): a thread's state is behind its name, which is in parentheses and may have some in it. */
async function standsStill(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(
    // One that has ended meanwhile has no file.
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, "utf8").catch(() => ") T")),
  );
  return states.every((stat) => stat.slice(stat.lastIndexOf(")") + 2).startsWith("T"));
}
