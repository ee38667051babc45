/** The exit code of a check that has found a damaged file; others are about the check itself. */
export const DAMAGED = 3;

/** What ends a process that follows a damaged page. */
const SIGNALS = new Set<NodeJS.Signals>(["SIGBUS", "SIGSEGV", "SIGABRT", "SIGILL", "SIGFPE"]);

/** @throws {Error} when the check has found out nothing: it didn't start, or was killed. */
export function isDamaged(code: number | null, signal: NodeJS.Signals | null): boolean {
  if (code === 0) return false;
  if (code === DAMAGED || (signal !== null && SIGNALS.has(signal))) return true;
  throw new Error(`its check ended with ${signal ?? `code ${code}`}`);
}
