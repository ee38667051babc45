import { cacheDirectory } from "@freshet/local-stack/cache";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface PythonPackage {
  /** On PyPI. */
  readonly name: string;
  readonly version: string;
  /** What is imported of it. */
  readonly module: string;
}

/**
 * A virtual environment that has the package, kept for the next time.
 *
 * @returns its interpreter. @throws when there is no Python, or the package can't be had.
 */
export async function pythonEnvironment(
  { name, version, module }: PythonPackage,
  onProgress: (message: string) => void,
): Promise<string> {
  const folder = join(cacheDirectory(process.env), "bench", `${name}-${version}`);
  const python = join(folder, "bin", "python");
  const isComplete = async () =>
    existsSync(python) &&
    run(python, ["-c", `import ${module}`]).then(
      () => true,
      () => false,
    );
  if (await isComplete()) return python;
  onProgress(`Installing ${name} ${version} from PyPI into ${folder} (once)`);
  await rm(folder, { recursive: true, force: true });
  await run("python3", ["-m", "venv", folder]);
  await run(python, ["-m", "pip", "install", "--quiet", `${name}==${version}`]);
  return python;
}
