import fc from "fast-check";
import { expect, it } from "vitest";
import { rowHash } from "./row-hash.js";

const columns = fc.array(fc.option(fc.string({ unit: "binary" })), { maxLength: 5 });

it("differs when any column differs, wherever the borders between columns lie", () => {
  fc.assert(
    fc.property(columns, columns, (a, b) => {
      expect(rowHash(a) === rowHash(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

it("is what sha256 of the documented text gives", () => {
  // printf '3:abc~0:' | sha256sum
  expect(rowHash(["abc", null, ""])).toBe("7fefdf2e5879d24b00e6a12ce10288606672610cb7bbe0be329946cbe600a1ae");
});

it("counts bytes, not characters", () => {
  // printf '2:ü4:😀1:a' | sha256sum
  expect(rowHash(["ü", "😀", "a"])).toBe("3724cc60eebed6e06ca0671192e0f2ffc64d0d0177b2dcc58ed642591ba62b43");
});
