/** What became of one test of the stores' contract. */
export interface Outcome {
  readonly store: string;
  /** What it is about: writes, filters … */
  readonly part: string;
  readonly state: "passed" | "failed" | "skipped";
  /** Why it was skipped: what the store can't do. Without a reason it wasn't run, for want of a server. */
  readonly note?: string | undefined;
}

/** In Markdown: a row for each part of the contract, a column for each store. */
export function renderTable(stores: readonly string[], outcomes: readonly Outcome[]): string {
  const parts = [...new Set(outcomes.map(({ part }) => part))];
  const rows = parts.map((part) => [
    part,
    ...stores.map((store) =>
      renderCell(outcomes.filter((outcome) => outcome.store === store && outcome.part === part)),
    ),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(["contract", ...stores]), line(["---", ...stores.map(() => "---")]), ...rows.map(line)].join("\n");
}

function renderCell(outcomes: readonly Outcome[]): string {
  const kinds = new Map<string, number>();
  for (const outcome of outcomes) {
    const kind = outcome.state === "skipped" ? (outcome.note ?? "not run") : outcome.state;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ") || "–";
}
