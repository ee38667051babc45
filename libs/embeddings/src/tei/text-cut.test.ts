import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pieces, sendable } from "./text-cut.js";

describe("sendable", () => {
  it("leaves a text as it is", () => {
    expect(sendable("Ein Wald 🌲", 512)).toBe("Ein Wald 🌲");
  });

  it("has something for an empty text, and no half characters", () => {
    expect(sendable("", 512)).toBe(" ");
    expect(sendable("a\ud800b", 512)).toBe("a\ufffdb");
    expect(sendable(`${"a".repeat(51_199)}🌲`, 512).at(-1)).toBe("\ufffd");
  });

  it("keeps every message below 4 MB", () => {
    expect(Buffer.byteLength(sendable("漢".repeat(5_000_000), 1_000_000))).toBeLessThan(4_000_000);
  });
});

describe("pieces", () => {
  it("lose nothing, cut no character, and none is longer than the server counts", () => {
    const words = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("🌲".repeat(120)), fc.constant(" ")));
    fc.assert(
      fc.property(words, (parts) => {
        const text = parts.join(" ");
        const cut = pieces(text, 2);
        expect(cut.join("")).toBe(text);
        for (const piece of cut) expect(piece.length).toBeLessThanOrEqual(200);
      }),
    );
  });

  it("end at white space", () => {
    expect(pieces(`${"a".repeat(90)} ${"b".repeat(90)}`, 1)).toEqual(["a".repeat(90), ` ${"b".repeat(90)}`]);
  });
});
