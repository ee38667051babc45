import type { ScheduledJob } from "@freshet/process/schedule-configuration";
import type { VerifyContext } from "../../verify/comparison.js";
import { compareIndexes } from "../../verify/verify.js";
import { verdict, VERDICT, type IndexFailure, type IndexReport } from "../../verify/verify-report.js";
import type { JobOutcome } from "../job-plan.js";
import { summarizeComparisons } from "./comparison-summary.js";

/** @throws as `compareIndexes`. */
export async function runVerify(
  { indexes, deep, repair, waitSeconds }: Extract<ScheduledJob, { job: "verify" }>,
  context: VerifyContext,
): Promise<JobOutcome> {
  const settings = { deep: deep ?? null, repair, timeoutSeconds: waitSeconds };
  const reports: IndexReport[] = [];
  const failures: IndexFailure[] = [];
  for (const index of indexes ?? [undefined]) {
    const compared = await compareIndexes(context, { ...settings, index });
    reports.push(...compared.reports);
    failures.push(...compared.failures);
  }
  return { result: resultOf(verdict(reports, failures)), message: summarizeComparisons(reports, failures) };
}

function resultOf(code: ReturnType<typeof verdict>): JobOutcome["result"] {
  switch (code) {
    case VERDICT.equal:
      return "ok";
    case VERDICT.different:
      return "found";
    case VERDICT.unknown:
      return "failed";
    default:
      return code satisfies never;
  }
}
