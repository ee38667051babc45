import type { SnapshotCommand } from "@freshet/schemas/source-command";
import type { SnapshotState, SourceState } from "@freshet/schemas/service-state";
import { expect, it } from "vitest";
import { NOW, run, sourceState } from "../testing/states.js";
import { askedSnapshots, followedSnapshot } from "./asked-snapshot.js";
import { renderOutcome } from "./render-outcome.js";

const command: SnapshotCommand = {
  ...{ kind: "snapshot", slot: "freshet", id: "r-1", table: "public.books" },
  ...{ where: null, keys: null, requestedAt: NOW },
};
const old = run({ finishedAt: NOW - 60_000, startedAt: NOW - 90_000 });

function holding(books: SnapshotState, requested: SourceState["requested"] = {}): SourceState {
  return sourceState({ snapshots: { "public.books": { ...books, identity: "" } }, requested });
}

function follow(before: SourceState | null, state: SourceState, asked = command) {
  const [one] = askedSnapshots([asked], before);
  if (one === undefined) throw new Error("nothing was asked for");
  return followedSnapshot(one, { state });
}

it("doesn't take the run that was there for the one that was asked for", () => {
  expect(follow(holding(old), holding(old)).outcome).toEqual({ kind: "waiting" });
  expect(follow(holding(old), holding(run())).outcome).toMatchObject({ kind: "running" });
  expect(follow(holding(old), holding(run({ finishedAt: NOW }))).outcome).toMatchObject({ kind: "done" });
  expect(follow(null, holding(run())).outcome).toMatchObject({ kind: "running" });
});

it("follows a part of a table by the request's id, to its end or its error", () => {
  const asked = { ...command, where: "id > 3" };
  const request = { ...run({ rows: 2, finishedAt: NOW }), table: "public.books", error: null };
  expect(follow(null, holding(run()), asked).outcome).toEqual({ kind: "waiting" });
  expect(follow(null, holding(old, { "r-1": request }), asked)).toMatchObject({
    title: "public.books where id > 3",
    outcome: { kind: "done", run: { rows: 2 } },
  });
  const failed = follow(null, holding(old, { "r-1": { ...request, error: 'column "ix" does not exist' } }), asked);
  expect(renderOutcome([failed])).toBe('The snapshot failed: public.books where id > 3: column "ix" does not exist.');
});

it("says in one sentence how it ended", () => {
  const done = (title: string, rows: number) =>
    ({ title, outcome: { kind: "done", run: run({ rows, finishedAt: NOW }) } }) as const;
  expect(renderOutcome([done("public.books", 1)])).toBe("Done (public.books): 1 row captured in 13 s.");
  const both = [done("public.books", 1000), done("public.orders", 234)];
  expect(renderOutcome(both)).toBe("Done (public.books; public.orders): 1,234 rows captured in 13 s.");
});
