import { basename } from "node:path";

export type TestServer = "pg" | "kafka" | "model";

/**
 * What is wrong with the name of a test file that uses the server; undefined when the name says it. `x.pg.test.ts` uses Postgres,
 * `x.pg.kafka.test.ts` both, and `x.stack.test.ts` everything.
 */
export function misnamed(testPath: string, server: TestServer): string | undefined {
  const suffixes = basename(testPath).split(".").slice(1, -2);
  if (suffixes.includes(server) || suffixes.includes("stack")) return undefined;
  return `${basename(testPath)} uses what only a test named *.${server}.test.ts (or *.stack.test.ts) may use: rename the file.`;
}
