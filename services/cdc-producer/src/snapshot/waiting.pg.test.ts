import { expect, it, onTestFinished, vi } from "vitest";
import { TestSource } from "../testing/test-source.js";
import { Sight } from "./sight.js";
import { TableWatch } from "./table-watch.js";

const PATIENCE = { timeout: 20_000, interval: 20 };

it("forgets the transactions that can be seen while it waits for a writer", async () => {
  const source = await TestSource.streaming("CREATE TABLE books (id int PRIMARY KEY)", [["public", "books"]]);
  const watches = vi.spyOn(TableWatch.prototype, "seen");
  onTestFinished(() => watches.mockRestore());
  const writer = await source.another();
  await writer.rows("BEGIN; INSERT INTO books VALUES (1)");
  const done = source.snapshot("books");
  await vi.waitFor(() => expect(watches).toHaveBeenCalled(), PATIENCE);
  const [xid] = await source.client.row("INSERT INTO books VALUES (2) RETURNING xmin");
  const ofSnapshot = () => source.outlet.collected.filter(({ event }) => event?.op === "r").map(({ key }) => key);
  const latest = () => new Sight(watches.mock.lastCall?.[0] ?? "1:1:");
  await vi.waitFor(() => expect(latest().sees(Number(xid))).toBe(true), PATIENCE);
  expect(ofSnapshot()).toEqual([]);
  await writer.rows("COMMIT");
  await done;
  expect(ofSnapshot()).toContain('{"id":2}');
});
