import { sourceSchema } from "@freshet/process/source-configuration";
import { createColors } from "picocolors";
import { expect, it } from "vitest";
import { NOW, run, sourceState } from "../testing/states.js";
import { acceptedRun } from "./accepted-run.js";
import { acceptReport } from "./accept-report.js";
import { renderAccept } from "./render-accept.js";

const source = sourceSchema.parse({ tables: ["public.books", "public.orders"] });
const snapshots = { "public.books": run({ finishedAt: NOW }) };

interface Trouble {
  readonly lastErrorCode?: string | null;
  readonly configured?: typeof source;
}

function render(lastError: string | null, { lastErrorCode = null, configured = source }: Trouble = {}): string {
  const report = acceptReport(configured, sourceState({ lastError, lastErrorCode, snapshots }));
  return renderAccept(report, { now: NOW + 5_000, colors: createColors(false) });
}

it("says what differs, what was read, and what accepting does", () => {
  const difference = 'Replication slot "freshet" is gone: run freshet source accept.';
  expect(render(difference, { lastErrorCode: "slot-gone" })).toBe(
    [
      `What differs  ${difference}`,
      "",
      "Read until now  database shop by slot freshet, as of 5 s ago",
      "  system identifier 7461, timeline 1, confirmed up to 0/1A2B3C, epoch 7",
      "  public.books  about 500,000 rows",
      "  public.orders  not read yet",
      "",
      "Accepting it  takes the database as it is when the cdc-producer starts next:",
      "  - a new epoch begins, and replication slot freshet is made anew;",
      "  - each of the 2 tables is read again, about 500,000 rows, beside the changes that come;",
      "  - rows that no longer exist disappear from the index when their table has been read;",
      "  - searches go on meanwhile, with what is there.",
    ].join("\n"),
  );
});

it("tells a trouble that accepting doesn't cure from one that it does", () => {
  expect(render(null)).toMatch(/^Nothing differs, as far as the cdc-producer has reported\.\n\nRead until now/);
  const text = render("Postgres refused the password.", { lastErrorCode: "login-refused" });
  expect(text).toContain("Nothing differs");
  expect(text).toContain("Another trouble, which accepting doesn't cure: Postgres refused the password.");
});

it("speaks of no slot where tables are polled", () => {
  const text = render(null, { configured: { ...source, mode: "poll" } });
  expect(text).not.toContain("replication slot");
  expect(text).not.toContain("confirmed up to");
});

it("counts only what is read in a later epoch", () => {
  const view = (epoch: number) => ({ state: sourceState({ epoch, snapshots }) });
  expect(acceptedRun("public.books", 7, view(7)).outcome.kind).toBe("waiting");
  expect(acceptedRun("public.books", 7, view(8)).outcome.kind).toBe("done");
});
