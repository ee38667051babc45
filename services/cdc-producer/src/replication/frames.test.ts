import { expect, it } from "vitest";
import { decodeFrame, encodeStatusUpdate } from "./frames.js";

it("reads a keepalive", () => {
  const frame = (reply: string) => Buffer.from(`6b00000016b374d84800027a8e9c3f4a00${reply}`, "hex");
  expect(decodeFrame(frame("01"))).toEqual({ kind: "keepalive", walEnd: 0x16_b374d848n, replyRequested: true });
  expect(decodeFrame(frame("00"))).toMatchObject({ replyRequested: false });
});

it("reads a change, as a view into the frame", () => {
  const bytes = Buffer.from("77000000000000002a000000000000002b00027a8e9c3f4a00cafe", "hex");
  const frame = decodeFrame(bytes);
  expect(frame).toMatchObject({ kind: "data", lsn: 42n });
  expect(frame.kind === "data" && frame.payload.toString("hex")).toBe("cafe");
  expect(frame.kind === "data" && frame.payload.buffer).toBe(bytes.buffer);
});

it("refuses what it doesn't know, and half a frame", () => {
  expect(() => decodeFrame(Buffer.from("7a00", "hex"))).toThrow(RangeError);
  expect(() => decodeFrame(Buffer.from("6b0000", "hex"))).toThrow(RangeError);
  expect(() => decodeFrame(Buffer.alloc(0))).toThrow(RangeError);
});

it("confirms one position as written, flushed and applied", () => {
  const now = Date.UTC(2000, 0, 1) + 5;
  const update = encodeStatusUpdate({ confirmed: 0x16_b374d848n, now, replyRequested: true });
  const lsn = "00000016b374d848";
  expect(update.toString("hex")).toBe(`72${lsn}${lsn}${lsn}000000000000138801`);
});
