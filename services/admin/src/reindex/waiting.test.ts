import { expect, it } from "vitest";
import { Patience } from "./waiting.js";

const waiting = (who: string, mark: string) => ({ who, says: `${who} is behind`, mark });

it("loses patience with who doesn't come further, whatever the others do", () => {
  const patience = new Patience(1_000);
  expect(patience.observe([waiting("a", "1"), waiting("b", "1")], 0)).toEqual([]);
  expect(patience.observe([waiting("a", "2"), waiting("b", "1")], 900)).toEqual([]);
  expect(patience.observe([waiting("a", "3"), waiting("b", "1")], 1_100)).toMatchObject([{ who: "b" }]);
  expect(patience.observe([waiting("a", "3")], 1_200)).toEqual([]);
  // Once it was done, it has all its time again.
  expect(patience.observe([waiting("b", "1")], 5_000)).toEqual([]);
});
