import { describe, expect, it } from "vitest";
import { checkPublished, planPublication, type PublishedTable, type SeenPublication } from "./publication-plan.js";

const whole = (name: string): PublishedTable => ({ schema: "public", name, columns: null, filter: null });
const [a, b, c] = [whole("a"), whole("b"), whole("c")];
const member = (table: PublishedTable, ...partOf: PublishedTable[]) => ({ ...table, partOf });
const fine: SeenPublication = {
  ...{
    owner: "bob",
    readers: [],
    allTables: false,
    viaPartitionRoot: true,
    allOperations: true,
    generatedColumns: false,
  },
  named: [a, b],
  published: [member(a), member(b)],
};
const nothing = { owner: "bob", statements: [], differences: [], others: [], withoutOthers: null };
const plan = (seen: SeenPublication | null, tables: PublishedTable[]) => planPublication("p", seen, tables);

describe("planPublication", () => {
  it("makes a missing one", () => {
    const filtered = { ...b, columns: ["id", "n"], filter: "(n > 1)" };
    expect(plan(null, [a, filtered]).statements).toEqual([
      'CREATE PUBLICATION "p" FOR TABLE ONLY "public"."a", ONLY "public"."b" ("id", "n") WHERE ((n > 1)) WITH (publish_via_partition_root = true)',
    ]);
  });

  it("leaves one alone that is as it should be", () => {
    expect(plan(fine, [b, a])).toEqual(nothing);
    const all = { ...fine, allTables: true, named: [], published: [member(a), member(b), member(c)] };
    expect(plan(all, [a])).toEqual({ ...nothing, others: ["public.b", "public.c"] });
    const listed = { ...fine, named: [{ ...a, columns: ["id", "n"], filter: "(n > 1)" }] };
    expect(plan(listed, [{ ...a, columns: ["n", "id"], filter: "(n > 1)" }]).statements).toEqual([]);
  });

  it("adds tables, and drops none that somebody else may read: it only tells of them", () => {
    expect(plan(fine, [b, c])).toEqual({
      owner: "bob",
      statements: ['ALTER PUBLICATION "p" ADD TABLE ONLY "public"."c"'],
      differences: ["public.c is missing"],
      others: ["public.a"],
      withoutOthers: 'ALTER PUBLICATION "p" DROP TABLE ONLY "public"."a"',
    });
  });

  it.each<[string, Partial<SeenPublication>]>([
    ["its partitions' names", { viaPartitionRoot: false }],
    ["its operations", { allOperations: false }],
    ["its columns", { generatedColumns: true }],
    ["what it publishes of a table", { named: [{ ...a, filter: "(id > 5)" }, c] }],
    ["itself, where its other tables are a schema's", { viaPartitionRoot: false, named: [a] }],
  ])("leaves %s alone in a publication that has other tables", (_what, change) => {
    const shared = { ...fine, named: [a, c], published: [member(a), member(c)], ...change };
    expect(() => plan(shared, [a])).toThrow(/publishes public\.c too.* name another source\.publication.* role "bob"/);
  });

  it("adds tables to one that another slot reads, and changes nothing else of it", () => {
    const read = { ...fine, readers: ["other"] };
    expect(plan(read, [a, b, c]).statements).toEqual(['ALTER PUBLICATION "p" ADD TABLE ONLY "public"."c"']);
    expect(() => plan(read, [{ ...a, filter: "(id > 5)" }, b])).toThrow(/slot "other" reads it too: name another/);
  });

  it("drops and adds a table of which something else is to be published, and says what differs", () => {
    const filtered = { ...fine, named: [{ ...a, columns: ["id"], filter: "(id > 5)" }, b] };
    expect(plan(filtered, [a, { ...b, columns: ["id"] }])).toEqual({
      ...nothing,
      statements: [
        'ALTER PUBLICATION "p" DROP TABLE ONLY "public"."a", ONLY "public"."b"',
        'ALTER PUBLICATION "p" ADD TABLE ONLY "public"."a", ONLY "public"."b" ("id")',
      ],
      differences: [
        "public.a is published with columns id and the filter (id > 5)",
        "public.b is published with all columns and all rows",
      ],
    });
  });

  it("publishes every operation, and partitioned tables under their own names", () => {
    const odd = {
      ...{ ...fine, viaPartitionRoot: false, allOperations: false, generatedColumns: true },
      published: [member(b), member({ ...a, name: "a_1" }, a)],
    };
    expect(plan(odd, [a, b]).statements).toEqual([
      'ALTER PUBLICATION "p" SET (publish_via_partition_root = true)',
      "ALTER PUBLICATION \"p\" SET (publish = 'insert, update, delete, truncate')",
      'ALTER PUBLICATION "p" SET (publish_generated_columns = none)',
    ]);
  });

  it("names a table of a published schema only for a list or a filter, and then finds whether that is in force", () => {
    const bySchema = { ...fine, named: [], published: [member(a)] };
    expect(plan(bySchema, [a]).statements).toEqual([]);
    const filtered = { ...a, filter: "(id > 5)" };
    expect(plan(bySchema, [filtered]).statements).toEqual([
      'ALTER PUBLICATION "p" ADD TABLE ONLY "public"."a" WHERE ((id > 5))',
    ]);
    expect(() => checkPublished("p", [filtered], { ...bySchema, named: [filtered] })).toThrow(/the filter \(id > 5\)/);
  });

  it("refuses what a publication of all tables can't publish", () => {
    const all = { ...fine, allTables: true, named: [], published: [member(a)] };
    expect(() => plan(all, [c])).toThrow(/public\.c under its own name/);
    expect(() => plan(all, [{ ...a, columns: ["id"] }])).toThrow(/public\.a under its own name, with columns id/);
    expect(() => checkPublished("p", [c], fine)).toThrow(/public\.c under its own name/);
  });
});
