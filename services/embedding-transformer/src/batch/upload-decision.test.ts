import { BEGINNING, isOlder, type Position } from "@freshet/schemas/position";
import fc from "fast-check";
import { expect, it } from "vitest";
import { decideUpload, type KnownRow } from "./upload-decision.js";

const at = (commitLsn: bigint): Position => ({ epoch: 1, commitLsn, seq: 1 });
const known = (change: Partial<KnownRow> = {}): KnownRow => ({
  position: at(50n),
  isDeleted: false,
  textHashes: ["a"],
  ...change,
});
const offered = (basedOn: Position | null, ...textHashes: string[]) => ({ basedOn, textHashes });

it("takes the row's own position, so that the table's next change wins", () => {
  expect(decideUpload(known(), offered(null, "b"))).toEqual({ outcome: "accept", position: at(50n) });
  expect(decideUpload(known(), offered(at(50n), "b"))).toEqual({ outcome: "accept", position: at(50n) });
});

it("puts a row that the topic hasn't got below everything the table may say", () => {
  expect(decideUpload(null, offered(null, "b"))).toEqual({ outcome: "accept", position: BEGINNING });
});

it("skips what would bring back something old", () => {
  expect(decideUpload(known(), offered(at(49n), "b"))).toMatchObject({
    outcome: "skip",
    reason: expect.stringMatching(/newer state/) as string,
  });
  expect(decideUpload(known({ isDeleted: true }), offered(null, "b"))).toMatchObject({ outcome: "skip" });
  expect(decideUpload(known({ isDeleted: true }), offered(at(60n), "b"))).toMatchObject({ outcome: "skip" });
  expect(decideUpload(null, offered(at(49n), "b"))).toMatchObject({ outcome: "skip" });
});

it("skips what is there already", () => {
  expect(decideUpload(known(), offered(null, "a"))).toMatchObject({
    outcome: "skip",
    reason: expect.stringMatching(/same texts/) as string,
  });
  expect(decideUpload(known({ textHashes: [] }), offered(null))).toMatchObject({ outcome: "skip" });
  expect(decideUpload(known(), offered(null, "a", "b"))).toMatchObject({ outcome: "accept" });
});

it("refuses a position that the row hasn't reached", () => {
  expect(decideUpload(known(), offered(at(51n), "b"))).toMatchObject({
    outcome: "fail",
    reason: expect.stringContaining("only 1/50/1") as string,
  });
});

it("never accepts a row above what the topic has of it", () => {
  const lsn = fc.bigInt({ min: 0n, max: 3n });
  fc.assert(
    fc.property(fc.option(lsn), fc.option(lsn), fc.boolean(), (has, basedOn, isDeleted) => {
      const row = has === null ? null : known({ position: at(has), isDeleted });
      const decision = decideUpload(row, offered(basedOn === null ? null : at(basedOn), "b"));
      if (decision.outcome === "accept") expect(isOlder(row?.position ?? BEGINNING, decision.position)).toBe(false);
    }),
  );
});
