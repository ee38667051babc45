import { expect, it } from "vitest";
import { idAfter, idIn, olderThan } from "./filter.js";

it("compares positions part by part, without a digit lost", () => {
  const position = { epoch: 2, commitLsn: 9_007_199_254_740_993n, seq: 3 };
  expect(olderThan({ table: 'public."b\\', partition: 4, position })).toBe(
    'source_table == "public.\\"b\\\\" and source_partition == 4 and (epoch < 2 or (epoch == 2 and ' +
      "(lsn < 9007199254740993 or (lsn == 9007199254740993 and seq < 3))))",
  );
});

it("names ids", () => {
  expect(idIn(["a", "b"])).toBe('id in ["a", "b"]');
  expect([idAfter(null), idAfter("a")]).toEqual(['id > ""', 'id > "a"']);
});
