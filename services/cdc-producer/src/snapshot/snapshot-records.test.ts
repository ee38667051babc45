import type { SnapshotState, SourceState } from "@freshet/schemas/service-state";
import { describe, expect, it } from "vitest";
import type { SnapshotJob } from "./snapshot-jobs.js";
import { SnapshotRecords, type StateStore } from "./snapshot-records.js";

const TABLE = "public.books";
const RUN: SnapshotState = {
  ...{ position: "1/1/0", lastKey: ["5"], rows: 1, estimatedRows: null },
  ...{ startedAt: 1, finishedAt: null },
};

function open(identity = "one") {
  const held: Pick<SourceState, "snapshots" | "requested"> = { snapshots: {}, requested: {} };
  const store: StateStore = {
    get state() {
      return held as SourceState;
    },
    update: (change) => void Object.assign(held, change),
    stored: () => Promise.resolve(),
  };
  return { held, store, records: new SnapshotRecords(store, new Map([[TABLE, identity]])) };
}

function asked(id: string, where: string | null = "true"): SnapshotJob {
  const command = { kind: "snapshot", id, slot: "s", table: TABLE, where, keys: null, requestedAt: 1 } as const;
  return { table: TABLE, command: { ...command, recordKey: id } };
}

const WHOLE: SnapshotJob = { table: TABLE, command: null };

describe("the outcomes that are kept", () => {
  it("are the last twenty, and every run that isn't over", () => {
    const { held, records } = open();
    records.report(asked("long"), RUN);
    for (let n = 0; n < 25; n++) records.report(asked(`run ${n}`), { ...RUN, startedAt: 10 + n, finishedAt: 20 + n });
    expect(records.begun(asked("long"))).toEqual(RUN);
    expect(Object.keys(held.requested)).toHaveLength(1 + 20);
    // It is over only now, though it began before all of them.
    records.report(asked("long"), { ...RUN, finishedAt: 99 });
    expect(held.requested["long"]?.finishedAt).toBe(99);
    records.report(asked("next"), { ...RUN, finishedAt: 100 });
    expect(Object.keys(held.requested)).toEqual(expect.arrayContaining(["long", "next", "run 24"]));
    expect(held.requested["run 5"]).toBeUndefined();
  });

  it("have an error that is no larger than a person can read", async () => {
    const { held, records } = open();
    await records.failed(asked("bad"), `invalid input syntax for type integer: "${"x".repeat(1_600_000)}"`);
    expect(held.requested["bad"]?.error).toHaveLength(500);
  });
});

it("lets a run of a table that has become another one begin anew", () => {
  const { store, records } = open();
  records.report(asked("some"), RUN);
  expect(records.begun(asked("some"))).toEqual(RUN);
  expect(new SnapshotRecords(store, new Map([[TABLE, "two"]])).begun(asked("some"))).toBeNull();
});

describe("a whole table that was asked for", () => {
  const before = { ...RUN, rows: 7, finishedAt: 2 };

  it("leaves what the table had when it fails", async () => {
    const { held, records } = open();
    records.report(WHOLE, before);
    records.report(asked("whole", null), { ...RUN, startedAt: 3 });
    records.report(asked("whole", null), { ...RUN, startedAt: 3, rows: 2 });
    expect(held.snapshots[TABLE]).toMatchObject({ rows: 2, finishedAt: null });
    await records.failed(asked("whole", null), "division by zero");
    expect(held.snapshots[TABLE]).toEqual({ ...before, identity: "one" });
  });

  it("takes its place when it ends", async () => {
    const { held, records } = open();
    records.report(WHOLE, before);
    for (const finishedAt of [null, 9]) records.report(asked("whole", null), { ...RUN, finishedAt });
    await records.failed(asked("whole", null), "too late");
    expect(held.snapshots[TABLE]).toMatchObject({ rows: 1, finishedAt: 9 });
  });
});
