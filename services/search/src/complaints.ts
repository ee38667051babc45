import type { z } from "zod";

const MAX_COMPLAINTS = 5;

type Issue = z.core.$ZodIssue;

/** What is wrong with a request and where, as one sentence's part: `filter.and.1.range.gt must be a number; …`. */
export function complaintsOf(issues: readonly Issue[]): string {
  const complaints = issues.flatMap((issue) => complaintsAt([], issue));
  const others = complaints.length - MAX_COMPLAINTS;
  return [...complaints.slice(0, MAX_COMPLAINTS), ...(others > 0 ? [`and ${others} more`] : [])].join("; ");
}

function complaintsAt(parent: readonly PropertyKey[], issue: Issue): string[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "invalid_union") {
    // What has the fields of one kind alone is of that kind, and only its complaints help.
    const meant = issue.errors.filter((errors) => !errors.some(isAnotherKind));
    if (meant.length === 1 && meant[0]) return meant[0].flatMap((inner) => complaintsAt(path, inner));
  }
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `there is no ${formatPath([...path, key])}, check its spelling`);
  }
  return [`${formatPath(path) || "the request"} ${issue.message}`];
}

function isAnotherKind({ code, path }: Issue): boolean {
  return path.length === 0 && (code === "unrecognized_keys" || code === "invalid_type");
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}
