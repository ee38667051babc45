import { accessSync, chmodSync, constants, mkdirSync } from "node:fs";

/**
 * Makes a store's directory, or takes the one that is there, so that no other user reaches what is in it: the files
 * within get whatever rights zvec gives them.
 *
 * @throws with a sentence when it can't be written.
 */
export function prepareDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `The directory ${directory} can't hold a zvec store (${(error as NodeJS.ErrnoException).code ?? String(error)}): ` +
        `make it writable for this user, or set FRESHET_ZVEC_DIR to another one.`,
      { cause: error },
    );
  }
}
