import { execFile } from "node:child_process";
import { join } from "node:path";
import { ROOT_DIRECTORY } from "../../support/service-process.js";
import type { Scene } from "../scene.js";

/** The first of the command's report; see `freshet verify --json`. */
export interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly examples: readonly { readonly kind: string; readonly key: string }[];
  readonly healed: number | null;
  readonly changing: number;
}

export interface Verified {
  readonly code: number;
  readonly report: Report | undefined;
  /** All that it printed. */
  readonly output: string;
}

/** `freshet verify` with all vectors, as somebody runs it. */
export function freshetVerify({ pipeline }: Scene, ...options: string[]): Promise<Verified> {
  const command = join(ROOT_DIRECTORY, "services/admin/dist/main.js");
  const words = [command, "verify", "--json", "--deep", "1", "--timeout", "100", ...options];
  const env = { PATH: process.env["PATH"], ...pipeline.environment };
  return new Promise((resolve) => {
    execFile(process.execPath, words, { env }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : 0;
      const report =
        stdout === "" ? undefined : (JSON.parse(stdout) as { readonly reports: readonly Report[] }).reports[0];
      resolve({ code, report, output: `${stdout}\n${stderr}` });
    });
  });
}
