import { encodeIdentity } from "@freshet/postgres/identity-text";
import { encodeState, type SourceState } from "@freshet/schemas/service-state";
import { describe, expect, it } from "vitest";
import { keptSnapshots, readSourceStates, resumedSourceState } from "./source-progress.js";

const identity = (what: string, ...columns: string[]) => encodeIdentity({ what, columns, partitions: [] });
const done = {
  ...{ position: "1/300/0", lastKey: null, rows: 5, estimatedRows: null, startedAt: 1, finishedAt: 2 },
  identity: identity("table", "1:700"),
};
const state: SourceState = {
  ...{
    kind: "source",
    slot: "one",
    publication: "p",
    phase: "streaming",
    lastError: null,
    lastErrorCode: null,
    updatedAt: 1,
  },
  ...{ systemIdentifier: "7", timeline: 1, database: "shop", epoch: 1, confirmedLsn: "0/100", lastCommit: null },
  snapshots: { "public.a": done },
  ...{ requested: {}, polled: {}, health: null },
};

it("takes a table's snapshot again when the table, or how it is captured, is another one", () => {
  const snapshots = { "public.a": done, "public.b": done, "public.gone": done };
  const identities = new Map([
    ["public.a", identity("table", "1:700", "2:701")],
    ["public.b", identity("another", "1:700")],
  ]);
  expect(keptSnapshots(snapshots, identities)).toEqual({
    "public.a": { ...done, identity: identities.get("public.a") },
  });
});

describe("resumedSourceState", () => {
  it("keeps its epoch beside sources of other tables", () => {
    expect(resumedSourceState(state, [{ ...state, epoch: 2, snapshots: { "public.b": done } }]).epoch).toBe(1);
  });

  it("rises above a source that has written to the same topics since", () => {
    expect(resumedSourceState(state, [{ ...state, epoch: 4 }]).epoch).toBeGreaterThan(4);
  });
});

describe("readSourceStates", () => {
  it("reads the sources' records only", () => {
    const entries = new Map([
      ["source/one", encodeState(state)],
      ["applied/main/books/0", "not ours"],
    ]);
    expect(readSourceStates(entries)).toEqual([state]);
  });

  it("stops at one that it can't read, because its epoch must be known", () => {
    expect(() => readSourceStates(new Map([["source/one", "{}"]]))).toThrow(/source\/one can't be read/);
  });
});
