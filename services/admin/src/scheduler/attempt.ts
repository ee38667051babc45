import { within } from "@freshet/streaming/within";
import { untilAborted } from "../verify/until-aborted.js";
import type { JobOutcome } from "./job-plan.js";

export interface AttemptOptions {
  /** Aborted when this process may run it no more. */
  readonly signal: AbortSignal;
  readonly timeoutMinutes: number;
}

const MINUTE_MS = 60_000;
/** For closing what it has open, after it was told to end. */
const GRACE_MS = 10_000;

/** Runs a job once, and says what became of it, whatever it is; never rejects. */
export async function attempt(
  run: (signal: AbortSignal) => Promise<JobOutcome>,
  { signal, timeoutMinutes }: AttemptOptions,
): Promise<JobOutcome> {
  const end = new AbortController();
  const stop = () => end.abort();
  const limit = setTimeout(stop, timeoutMinutes * MINUTE_MS);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const running = run(end.signal);
  try {
    const outcome = await untilAborted(running, end.signal);
    // Some commands just end then.
    if (!end.signal.aborted) return outcome;
  } catch (error) {
    if (!end.signal.aborted) return { result: "failed", message: sentence(error) };
  } finally {
    clearTimeout(limit);
    signal.removeEventListener("abort", stop);
  }
  await within(
    GRACE_MS,
    running.catch(() => undefined),
  );
  return signal.aborted
    ? { result: "interrupted", message: "Its process was stopped, or lost the broker." }
    : { result: "failed", message: `It took longer than ${timeoutMinutes} minutes, and was broken off.` };
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
