import { setImmediate } from "node:timers/promises";

/** Why a transaction failed. lmdb gives the reason as a promise, which ends the process unless somebody takes it. */
export async function writeFailure(error: unknown): Promise<string> {
  if (!(error instanceof Error)) return String(error);
  if (!("commitError" in error)) return error.message;
  const reason = Promise.resolve(error.commitError).catch((cause: unknown) => cause);
  const cause = await Promise.race([reason, setImmediate()]);
  return cause instanceof Error ? cause.message : error.message;
}
