import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Step, User } from "./guard.js";
import type { PostgresBuild } from "./postgres-build.js";

const run = promisify(execFile);

/** Postgres refuses to run as root; `nobody` exists wherever root does. Undefined: whoever we are will do. */
export async function ordinaryUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await run("id", [flag, "nobody"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

/**
 * Where the user can run the binaries, and what must be done first for that: a copy of the build in the folder when they lie where only root may
 * look (a checkout in root's home).
 */
export async function reachableBinaries(
  { root, binaries }: PostgresBuild,
  user: User | undefined,
  folder: string,
): Promise<{ binaries: string; steps: Step[] }> {
  const found = join(root, binaries);
  try {
    await run(join(found, "initdb"), ["--version"], { ...user, cwd: "/" });
    return { binaries: found, steps: [] };
  } catch (error) {
    if (user === undefined) throw error;
    const copy = join(folder, "native");
    return { binaries: join(copy, binaries), steps: [{ command: "cp", arguments: ["-RP", root, copy] }] };
  }
}
