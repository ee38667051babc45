import { expect, test } from "vitest";
import { snappyCodec } from "./snappy-codec.js";
import { frameBlocks, framedBlocks, snappyBlocks } from "./snappy-framing.js";

/** What the SnappyOutputStream of snappy-java 1.1.10.7 makes of "freshet freshet freshet ". */
const BLOCK = "181c66726573686574203e0800";
const FRAMED = Buffer.from(`82534e4150505900${"00000001".repeat(2)}0000000d${BLOCK}`, "hex");

test("the frame is that of snappy-java", () => {
  expect(frameBlocks([Buffer.from(BLOCK, "hex")])).toEqual(FRAMED);
  expect(framedBlocks(FRAMED)).toEqual([Buffer.from(BLOCK, "hex")]);
});

test("a single block without a frame, as librdkafka sends it, is read too", async () => {
  const bytes = Buffer.from("freshet freshet freshet ");
  expect(await snappyCodec.decompress(FRAMED)).toEqual(bytes);
  expect(await snappyCodec.decompress(Buffer.from(BLOCK, "hex"))).toEqual(bytes);
});

test("what is longer than a block comes together again", async () => {
  const bytes = Buffer.from("0123456789".repeat(10_000));
  expect(snappyBlocks(bytes).map(({ length }) => length)).toEqual([32_768, 32_768, 32_768, 1696]);
  expect(await snappyCodec.decompress(await snappyCodec.compress({ buffer: bytes }))).toEqual(bytes);
});

test.each([1, 13, 15])("a frame that lacks its last %d bytes is refused", (missing) => {
  expect(() => framedBlocks(FRAMED.subarray(0, FRAMED.length - missing))).toThrow(RangeError);
});
