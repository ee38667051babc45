import type { Colors } from "../rendering/colors.js";
import type { Finding } from "@freshet/postgres/finding";
import { hasFailure } from "./has-failure.js";

/** A line for each check, with the SQL to run below those that it cures. */
export function renderFindings(findings: readonly Finding[], colors: Colors): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const margin = " ".repeat(width + 4);
  const lines = findings.flatMap(({ check, ok, says, sql }) => [
    `${mark(ok, colors)} ${check.padEnd(width)}  ${says.replaceAll("\n", `\n${margin}`)}`,
    ...(sql === undefined ? [] : sql.split("\n").map((line) => `${margin}${colors.cyan(line)}`)),
  ]);
  const verdict = hasFailure(findings)
    ? colors.red("Something has to be changed: see each ✗.")
    : colors.green("Nothing stands in the way.");
  return [...lines, "", verdict].join("\n");
}

function mark(ok: Finding["ok"], colors: Colors): string {
  if (ok === "warning") return colors.yellow("!");
  return ok ? colors.green("✓") : colors.red("✗");
}
