import { FatalError } from "../../errors.js";

/** Asked anew for each client; a function, so that no log that shows the rest shows it. */
export type Secret = () => string;

/** @throws {FatalError} with what the secret's owner says, which names where it lies, and never the secret. */
export function askSecret(secret: Secret): string {
  try {
    return secret();
  } catch (error) {
    throw new FatalError(error instanceof Error ? error.message : "A secret can't be read.");
  }
}
