import { statfsSync } from "node:fs";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";

/** What comes again with the same input; all else may pass. */
const LASTING = new Set(["ZVEC_NOT_SUPPORTED", "ZVEC_NOT_FOUND", "ZVEC_ALREADY_EXISTS", "ZVEC_FAILED_PRECONDITION"]);
/** With less, zvec can't make the files of a new segment. */
const MIN_FREE_BYTES = 4 * 1024 * 1024;

export function toStoreError(code: string, reason: string, id?: string): Error {
  const message = `zvec refused ${id === undefined ? "the request" : `the point ${id}`}: ${reason}`;
  if (code === "ZVEC_INVALID_ARGUMENT") return new InputRefusedError(message, id === undefined ? {} : { ids: [id] });
  if (code === "ZVEC_RESOURCE_EXHAUSTED" || /bad_alloc|out of memory/i.test(reason)) {
    return new StoreUnavailableError(
      `zvec ran out of memory (${reason}): give the vector-sink more, or set profile: edge for the store in freshet.yaml.`,
    );
  }
  return LASTING.has(code) ? new Error(message) : new StoreUnavailableError(message);
}

/** The files of a collection that is in the catalogue can't be opened, though the disk has room. */
export function damaged(name: string, path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `The files of the collection ${name} in ${path} are damaged or gone (${reason}): restore the store's directory from ` +
      `its backup, or give the index another name in freshet.yaml so that it is built anew.`,
    { cause },
  );
}

/**
 * What went wrong with a store's directory, as zvec tells only that something did: a full disk, and one that became
 * read-only, are the operator's to mend, and writes then go on.
 */
export function withItsCause(error: unknown, directory: string): unknown {
  if (!(error instanceof Error) || error instanceof InputRefusedError) return error;
  if (
    /ENOSPC|errno 28|no space left/i.test(error.message) ||
    (error instanceof StoreUnavailableError && isFull(directory))
  ) {
    return new StoreUnavailableError(
      `The disk of the zvec store in ${directory} is full: make room there, and writes go on by themselves.`,
      { cause: error },
    );
  }
  if (/EROFS|EACCES|EPERM|errno 30|read-only file system/i.test(error.message)) {
    return new StoreUnavailableError(
      `The zvec store in ${directory} can't be written: its disk is read-only, or the files are another user's.`,
      { cause: error },
    );
  }
  return error;
}

function isFull(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < MIN_FREE_BYTES;
  } catch {
    return false;
  }
}
