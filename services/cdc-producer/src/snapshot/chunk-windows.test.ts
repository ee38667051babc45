import { describe, expect, it, vi } from "vitest";
import { ChunkWindows } from "./chunk-windows.js";

const TABLE = "public.books";

/** A snapshot that sees all transactions below, less those that run. */
const snapshot = (below: number, ...running: number[]) => `${running[0] ?? below}:${below}:${running.join(",")}`;

function windowOf(windows = new ChunkWindows(0n)) {
  const watch = windows.watch(TABLE);
  return { windows, watch };
}

describe("a chunk's window", () => {
  it("leaves out what a transaction changed that the chunk's snapshot doesn't see, and nothing else", () => {
    const { windows, watch } = windowOf();
    const window = watch.open();
    windows.changed(TABLE, "early unseen", 12);
    windows.changed(TABLE, "early seen", 8);
    expect(window.taken(snapshot(13, 12))).toBe(true);
    windows.changed(TABLE, "seen", 9);
    windows.changed(TABLE, "begun later", 20);
    windows.changed("public.other", "other", 20);
    window.read(new Set(["early unseen", "early seen", "seen", "begun later", "other", "later", "untouched"]));
    windows.changed(TABLE, "later", 21);
    const left = ["early unseen", "early seen", "seen", "begun later", "other", "later", "untouched"];
    expect(left.filter((key) => window.leavesOut(key))).toEqual(["early unseen", "begun later", "later"]);
    expect(window.isTruncated).toBe(false);
  });

  it("can't be used when a transaction came, wholly or in part, before it opened and isn't seen", () => {
    const { windows, watch } = windowOf();
    windows.began();
    windows.changed(TABLE, "a", 12);
    const window = watch.open();
    windows.changed(TABLE, "b", 12);
    windows.committed(10n);
    expect(window.taken(snapshot(13, 12))).toBe(false);
    window.close();
    const later = watch.open();
    expect(later.taken(snapshot(13))).toBe(true);
    later.close();
    // Once seen, it is seen by all that follow.
    expect(watch.open().taken(snapshot(13))).toBe(true);
  });

  it("is void after a TRUNCATE that the snapshot doesn't see", () => {
    const { windows, watch } = windowOf();
    const [before, after] = [watch.open(), watch.open()];
    before.taken(snapshot(10));
    windows.truncated(TABLE, 10);
    after.taken(snapshot(11));
    expect([before.isTruncated, after.isTruncated]).toEqual([true, false]);
  });

  it("keeps only what concerns its rows, and makes the stream wait for them when there is too much", async () => {
    const { windows, watch } = windowOf();
    const window = watch.open();
    window.taken(snapshot(10));
    for (let n = 0; !windows.isFull; n++) {
      expect(n).toBeLessThan(200_000);
      windows.changed(TABLE, `key ${n}`, 11);
    }
    const room = vi.fn();
    void windows.room().then(room);
    await Promise.resolve();
    expect(room).not.toHaveBeenCalled();
    window.read(new Set(["key 7"]));
    await vi.waitFor(() => expect(room).toHaveBeenCalled());
    expect([window.leavesOut("key 7"), window.leavesOut("key 8")]).toEqual([true, false]);
  });
});

describe("the stream's position", () => {
  it("is where the last commit ended, or what the server has sent, but nothing that it says inside a transaction", () => {
    const windows = new ChunkWindows(5n);
    const seen: [bigint, boolean][] = [];
    windows.onProgress(() => seen.push([windows.position, windows.isBetweenTransactions]));
    windows.began();
    expect(windows.isBetweenTransactions).toBe(false);
    windows.passed(50n);
    windows.committed(20n);
    windows.passed(10n);
    windows.passed(30n);
    expect(seen).toEqual([
      [20n, true],
      [20n, true],
      [30n, true],
    ]);
  });
});
