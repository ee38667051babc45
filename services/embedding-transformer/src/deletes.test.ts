import { expect, it } from "vitest";
import { Deletes } from "./deletes.js";

const place = (id: number, partition: number, offset: bigint) => ({ key: { id }, partition, offset });

it("tells a tombstone that follows its delete from one that comes alone", () => {
  const deletes = new Deletes();
  deletes.add(place(1, 0, 10n));
  deletes.add(place(2, 1, 30n));
  expect(deletes.announced(place(1, 0, 11n))).toBe(true);
  expect(deletes.announced(place(2, 1, 31n))).toBe(true);
  expect(deletes.announced(place(2, 0, 11n))).toBe(false);
  expect(deletes.announced(place(1, 0, 12n))).toBe(false);
  expect(deletes.announced(place(1, 2, 11n))).toBe(false);
});
