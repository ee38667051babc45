import { expect, it } from "vitest";
import { generationsState } from "./testing/generations.js";
import { answeredByUnrecorded } from "./unrecorded.js";

it("says what to do when searches are answered by what isn't recorded", () => {
  const said = (...answering: number[]) =>
    answeredByUnrecorded(generationsState([2, 5], { skipped: [3] }), { answering });
  expect([said(), said(5, 2)]).toEqual([null, null]);
  expect([said(5, 6), said(3)]).toEqual(
    Array(2).fill(expect.stringContaining("lost, so have freshet reindex books --force")),
  );
  expect(said(4)).toContain("knows nothing any more: wait");
});
