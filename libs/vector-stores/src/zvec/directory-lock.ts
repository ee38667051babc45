import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  isZVecError,
  ZVecCollectionSchema,
  ZVecCreateAndOpen,
  ZVecDataType,
  ZVecOpen,
  type ZVecCollection,
} from "@zvec/zvec";

export interface DirectoryLock {
  release(): void;
}

/**
 * Takes a store's directory for this process alone, until `release` or the end of the process, however it ends. Node
 * has no file locks, but zvec locks each collection that it opens: so an empty collection is the lock.
 *
 * @param readOnly to share it with others that only read; without any lock where a store never had one.
 * @throws with a sentence when another process has it.
 */
export function lockDirectory(directory: string, { readOnly }: { readonly readOnly: boolean }): DirectoryLock {
  const path = join(directory, "lock");
  const collection = open(path, { directory, readOnly }) ?? (readOnly ? null : create(path, directory));
  return { release: () => collection?.closeSync() };
}

function create(path: string, directory: string): ZVecCollection {
  // There is none, or one that a crash left half made.
  rmSync(path, { recursive: true, force: true });
  const fields = { name: "none", dataType: ZVecDataType.STRING };
  try {
    return ZVecCreateAndOpen(path, new ZVecCollectionSchema({ name: "lock", fields }));
  } catch (error) {
    // Another process was quicker.
    throw isTaken(error) || isThere(error) ? taken(directory, error) : error;
  }
}

function open(
  path: string,
  { directory, readOnly }: { readonly directory: string; readonly readOnly: boolean },
): ZVecCollection | undefined {
  try {
    return ZVecOpen(path, { readOnly });
  } catch (error) {
    if (isTaken(error)) throw taken(directory, error);
    return undefined;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && /can't lock/i.test(error.message);
}

function isThere(error: unknown): boolean {
  return isZVecError(error) && error.code === "ZVEC_INVALID_ARGUMENT";
}

function taken(directory: string, cause: unknown): Error {
  return new Error(
    `The zvec store in ${directory} is open in another process, and only one can have it: stop that vector-sink, or ` +
      `give this one another FRESHET_ZVEC_DIR.`,
    { cause },
  );
}
