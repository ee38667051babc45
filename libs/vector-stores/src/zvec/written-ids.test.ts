import { expect, it } from "vitest";
import { pointId } from "../point-id.js";
import { WrittenIds } from "./written-ids.js";

const ids = (table: string) => Array.from({ length: 20_000 }, (_, row) => pointId("books", `${table}${row}`, 0));

it("forgets no id, and takes few others for written", () => {
  const written = new WrittenIds();
  const [own, others] = [ids("a"), ids("b")];
  for (const id of [...own, "not a digest"]) written.add(id);
  expect([...own, "not a digest"].every((id) => written.mayHave(id))).toBe(true);
  expect(others.filter((id) => written.mayHave(id)).length).toBeLessThan(20);
});
