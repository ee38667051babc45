import type { Finding } from "@freshet/postgres/finding";

/** Whether something has to be changed before it works. */
export function hasFailure(findings: readonly Finding[]): boolean {
  return findings.some(({ ok }) => ok === false);
}
