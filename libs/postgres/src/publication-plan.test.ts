import { describe, expect, it } from "vitest";
import { checkPublished, planPublication, type SeenPublication } from "./publication-plan.js";

const a = { schema: "public", name: "a" };
const b = { schema: "public", name: "b" };
const c = { schema: "public", name: "c" };
const quote = { identifier: (name: string) => name, table: ({ name }: { name: string }) => name };
const fine: SeenPublication = {
  ...{ allTables: false, viaPartitionRoot: true, allOperations: true, generatedColumns: false },
  named: [a, b].map((table) => ({ ...table, filtered: false })),
  published: [a, b],
};

describe("planPublication", () => {
  it("makes a missing one", () => {
    expect(planPublication("p", null, [a, b], quote)).toEqual({
      statements: ["CREATE PUBLICATION p FOR TABLE a, b WITH (publish_via_partition_root = true)"],
      unseen: [a, b],
    });
  });

  it("leaves one alone that is as it should be", () => {
    expect(planPublication("p", fine, [b, a], quote)).toEqual({ statements: [], unseen: [] });
    const all = { ...fine, allTables: true, named: [], published: [a, b, c] };
    expect(planPublication("p", all, [a], quote)).toEqual({ statements: [], unseen: [] });
  });

  it("adds and drops tables, and knows which may have changed unseen", () => {
    expect(planPublication("p", fine, [b, c], quote)).toEqual({
      statements: ["ALTER PUBLICATION p ADD TABLE c", "ALTER PUBLICATION p DROP TABLE a"],
      unseen: [c],
    });
  });

  it("publishes every operation, and then trusts no snapshot", () => {
    expect(planPublication("p", { ...fine, allOperations: false }, [a, b], quote)).toEqual({
      statements: ["ALTER PUBLICATION p SET (publish = 'insert, update, delete, truncate')"],
      unseen: [a, b],
    });
  });

  it("publishes a partitioned table under its own name, though it is named already", () => {
    const byPartition = { ...fine, viaPartitionRoot: false, published: [b, { schema: "public", name: "a_1" }] };
    expect(planPublication("p", byPartition, [a, b], quote)).toEqual({
      statements: ["ALTER PUBLICATION p SET (publish_via_partition_root = true)"],
      unseen: [a],
    });
  });

  it("refuses filters, and what a publication of all tables can't publish", () => {
    const filtered = { ...fine, named: [{ ...a, filtered: true }] };
    expect(() => planPublication("p", filtered, [a], quote)).toThrow("run ALTER PUBLICATION p DROP TABLE a");
    const all = { ...fine, allTables: true, named: [], published: [a] };
    expect(() => planPublication("p", all, [c], quote)).toThrow(/public\.c under its own name/);
    expect(() => checkPublished("p", [c], fine)).toThrow(/public\.c under its own name/);
  });
});
