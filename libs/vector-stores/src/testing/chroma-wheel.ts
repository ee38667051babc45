import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { promisify } from "node:util";
import { cacheDirectory, moveFolderIntoPlace, withStagingFolder } from "@freshet/local-stack/cache";
import type { Step } from "@freshet/local-stack/guard";

const VERSION = "1.5.9";
const RUN =
  "import sys; sys.path.insert(0, sys.argv[1]); import chromadb_rust_bindings as chroma; chroma.cli(['chroma', *sys.argv[2:]])";

/**
 * Chroma's server as its Python package carries it, linked with a C library of 2014. Downloaded at the first call.
 *
 * @throws with what to do where there is no Python with pip.
 */
export async function chromaWheel(args: string[]): Promise<Step> {
  const destination = join(cacheDirectory(env), `chroma-${VERSION}`);
  if (!existsSync(destination)) {
    await withStagingFolder(destination, async (folder) => {
      const packages = join(folder, "packages");
      await pip("install", "--quiet", "--no-deps", "--target", packages, `chromadb==${VERSION}`);
      await moveFolderIntoPlace(packages, destination);
    });
  }
  return { command: "python3", arguments: ["-c", RUN, destination, ...args] };
}

async function pip(...args: string[]): Promise<void> {
  try {
    await promisify(execFile)("python3", ["-m", "pip", "--disable-pip-version-check", ...args]);
  } catch (cause) {
    throw new Error(
      `Chroma's server couldn't be had: its npm package needs glibc 2.39, and its Python package Python 3.9 with pip. ` +
        `Install them, or let FRESHET_CHROMA_URL name a server.`,
      { cause },
    );
  }
}
