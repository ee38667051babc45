import { expect, it } from "vitest";
import { renderTable, type Outcome } from "./table.js";

const outcome = (store: string, part: string, state: Outcome["state"], note?: string): Outcome => ({
  store,
  part,
  state,
  note,
});

it("tells what passed and failed from what a store can't do and from what wasn't run", () => {
  const table = renderTable(
    ["Qdrant", "pgvector", "zvec", "Weaviate"],
    [
      outcome("zvec", "writes", "passed"),
      outcome("zvec", "writes", "skipped", "can't refuse an older position"),
      outcome("zvec", "filters", "skipped", "can't filter by columns"),
      outcome("zvec", "filters", "skipped", "can't filter by columns"),
      outcome("Qdrant", "writes", "skipped"),
      outcome("pgvector", "writes", "passed"),
      outcome("pgvector", "writes", "failed"),
      outcome("pgvector", "writes", "passed"),
    ],
  );
  expect(table.split("\n")).toEqual([
    "| contract | Qdrant | pgvector | zvec | Weaviate |",
    "| --- | --- | --- | --- | --- |",
    "| writes | 1 not run | 2 passed, 1 failed | 1 passed, 1 can't refuse an older position | – |",
    "| filters | – | – | 2 can't filter by columns | – |",
  ]);
});
