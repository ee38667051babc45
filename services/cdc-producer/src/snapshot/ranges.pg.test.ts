import type { SnapshotState } from "@freshet/schemas/service-state";
import { describe, expect, it } from "vitest";
import { TestSource } from "../testing/test-source.js";
import { selectRange } from "./selection.js";

async function readAll(
  source: TestSource,
  where: string | null,
): Promise<{ states: SnapshotState[]; chunks: number[] }> {
  const states: SnapshotState[] = [];
  const chunks: number[] = [];
  await source.snapshot("books", {
    whole: false,
    select: ({ lastKey }) => selectRange(where, lastKey),
    report: (state) => states.push(state),
    onRows: (read) => chunks.push(read),
  });
  return { states, chunks };
}

describe("a chunk", () => {
  it("goes on along the key where a condition takes few rows, and is never long in being read", async () => {
    const source = await TestSource.streaming(
      `CREATE TABLE books (a int, b text, n int, PRIMARY KEY (a, b));
       INSERT INTO books SELECT i / 7, 'b' || i, i FROM generate_series(1, 45000) i`,
      [["public", "books"]],
    );
    const { states, chunks } = await readAll(source, "n IN (4, 20001, 44999)");
    const read = source.outlet.collected.map(({ event }) => (event && "after" in event ? event.after["n"] : null));
    expect(read).toEqual([4, 20001, 44999]);
    expect(chunks.length).toBe(5);
    expect(new Set(states.map(({ lastKey }) => lastKey?.[0])).size).toBeGreaterThanOrEqual(5);
    expect(states.at(-1)).toMatchObject({ rows: 3, finishedAt: expect.any(Number) as number });
    // All that is scanned is taken too, when there is nothing to be left out.
    source.outlet.collected.length = 0;
    await readAll(source, "n > 0");
    expect(new Set(source.outlet.collected.map(({ key }) => key)).size).toBe(45000);
  });

  it("has few rows where wide ones come behind narrow ones", async () => {
    const source = await TestSource.streaming(
      `CREATE TABLE books (id int PRIMARY KEY, body text); ALTER TABLE books ALTER body SET STORAGE EXTERNAL;
       INSERT INTO books SELECT i, CASE WHEN i > 9000 THEN repeat('y', 20000) END FROM generate_series(1, 10500) i`,
      [["public", "books"]],
    );
    const { states, chunks } = await readAll(source, null);
    expect(states.at(-1)?.rows).toBe(10500);
    const before = chunks.slice(
      0,
      chunks.findIndex((_, place) => sum(chunks.slice(0, place + 1)) >= 9000),
    );
    expect(Math.max(...before)).toBeGreaterThan(2000);
    // The first one that has any is the largest, of a batch.
    const wide = chunks.slice(before.length).map((rows, place) => {
      const from = sum(chunks.slice(0, before.length + place));
      return Math.max(0, from + rows - Math.max(from, 9000)) * 20_000;
    });
    expect(Math.max(...wide)).toBeLessThan(11_000_000);
    expect(sum(wide)).toBe(1500 * 20_000);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
