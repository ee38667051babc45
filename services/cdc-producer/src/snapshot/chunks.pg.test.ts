import { startPostgres } from "@freshet/local-stack/postgres";
import { quoteIdentifier } from "@freshet/postgres/session";
import type { SnapshotState } from "@freshet/schemas/service-state";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { AppliedRows } from "../testing/applied-rows.js";
import { CollectingOutlet } from "../testing/collecting-outlet.js";
import { TestSource } from "../testing/test-source.js";
import { selectKeys, selectRange } from "./selection.js";

const PATIENCE = { timeout: 20_000, interval: 20 };
const WIDE = "repeat('x', 20000)";

function eventsOf(source: TestSource, op: string) {
  return source.outlet.collected.filter(({ event }) => event?.op === op);
}

function keysRead(source: TestSource): string[] {
  return eventsOf(source, "r").map(({ key }) => key);
}

/** A chunk has been read: the session that does it is done with its transaction. */
const chunkRead = (source: TestSource) => lastQuery(source, "ROLLBACK");
/** It is known which transactions have to be waited for. */
const writersLookedAt = (source: TestSource) => lastQuery(source, "%FROM pg_locks%");

async function lastQuery(source: TestSource, query: string): Promise<void> {
  const sessions =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE $1 AND state = 'idle' AND pid <> pg_backend_pid()";
  await vi.waitFor(async () => expect(await source.client.rows(sessions, [query])).toHaveLength(1), PATIENCE);
}

/** The rows that the table has, as the topic would have them. */
async function expectApplied(source: TestSource, rows: readonly Record<string, unknown>[], key = "id"): Promise<void> {
  const expected = new Map(rows.map((row) => [JSON.stringify({ [key]: row[key] }), row]));
  await vi.waitFor(() => expect(AppliedRows.of(source.outlet.collected)).toEqual(expected), PATIENCE);
}

async function rowsOf(source: TestSource, table: string): Promise<Record<string, unknown>[]> {
  const [rows] = await source.client.row(`SELECT json_agg(t) FROM ${table} t`);
  return JSON.parse(rows ?? "[]") as Record<string, unknown>[];
}

describe("what changes while a chunk waits for the stream", () => {
  const TABLE =
    "CREATE TABLE books (id int PRIMARY KEY, title text); INSERT INTO books SELECT i, 'old' FROM generate_series(1, 300) i";

  it("is left out of the chunk: the stream has brought it", async () => {
    const source = await TestSource.streaming(TABLE, [["public", "books"]]);
    source.outlet.isFull = true;
    const done = source.snapshot("books");
    await chunkRead(source);
    await source.client.rows(
      `UPDATE books SET title = 'new' WHERE id = 1; DELETE FROM books WHERE id = 2; UPDATE books SET id = 1000 WHERE id = 3;
       DELETE FROM books WHERE id = 4; INSERT INTO books VALUES (4, 'again')`,
    );
    await vi.waitFor(() => expect(eventsOf(source, "d")).toHaveLength(3), PATIENCE);
    source.outlet.isFull = false;
    await done;
    expect(keysRead(source).slice(0, 2)).toEqual(['{"id":5}', '{"id":6}']);
    await expectApplied(source, await rowsOf(source, "books"));
  });

  it("may be all of it: after a TRUNCATE the chunk is read again", async () => {
    const source = await TestSource.streaming(TABLE, [["public", "books"]]);
    source.outlet.isFull = true;
    const done = source.snapshot("books");
    await chunkRead(source);
    await source.client.rows("TRUNCATE books; INSERT INTO books VALUES (7, 'new')");
    await vi.waitFor(() => expect(eventsOf(source, "t").length).toBeGreaterThan(0), PATIENCE);
    source.outlet.isFull = false;
    await done;
    expect(keysRead(source)).toEqual(['{"id":7}']);
    await expectApplied(source, [{ id: 7, title: "new" }]);
  });

  it("may be the table's columns: each chunk has those of its time", async () => {
    const source = await TestSource.streaming(
      `CREATE TABLE books (id int PRIMARY KEY, gone text, note text); INSERT INTO books SELECT i, 'x', ${WIDE} FROM generate_series(1, 1200) i`,
      [["public", "books"]],
    );
    source.outlet.holdBack = true;
    const done = source.snapshot("books");
    await vi.waitFor(() => expect(keysRead(source).length).toBeGreaterThan(100), PATIENCE);
    await source.client.rows("ALTER TABLE books DROP COLUMN gone, ADD COLUMN extra bool DEFAULT true");
    const delivering = setInterval(() => source.outlet.deliver(), 5);
    onTestFinished(() => clearInterval(delivering));
    await done;
    const columns = eventsOf(source, "r").map(({ event }) =>
      event && "after" in event ? Object.keys(event.after) : [],
    );
    expect(columns).toHaveLength(1200);
    expect(columns[0]).toEqual(["id", "gone", "note"]);
    expect(columns.at(-1)).toEqual(["id", "note", "extra"]);
  });
});

it("waits for a writer that began before the table was published, part of whose changes don't come by the stream", async () => {
  const source = await TestSource.open(
    "CREATE TABLE books (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY)",
    [
      ["public", "books"],
      ["public", "other"],
    ],
  );
  await source.createSlot();
  await source.stream();
  await source.client.rows(`ALTER PUBLICATION ${quoteIdentifier(source.publication)} DROP TABLE books`);
  const writer = await source.another();
  await writer.rows("BEGIN; INSERT INTO books VALUES (1)");
  await source.publish();
  const done = source.snapshot("books");
  await writersLookedAt(source);
  // One that begins later isn't waited for.
  const later = await source.another();
  await later.rows("BEGIN; INSERT INTO books VALUES (2)");
  expect(source.outlet.collected).toEqual([]);
  await writer.rows("INSERT INTO books VALUES (3); COMMIT");
  await done;
  expect(keysRead(source)).toContain('{"id":1}');
  await later.rows("COMMIT");
  await expectApplied(source, [{ id: 1 }, { id: 2 }, { id: 3 }]);
});

it.each([
  ["before the snapshot begins", true],
  ["after it has looked at who writes", false],
])("isn't taken in by a commit that the stream has brought, %s, and nobody sees yet", async (_when, before) => {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const source = await TestSource.streaming(
    "CREATE TABLE books (id int PRIMARY KEY, title text); INSERT INTO books VALUES (1, 'old'), (2, 'old')",
    [["public", "books"]],
    server,
  );
  await source.client.rows("SET synchronous_commit = 'local'");
  await source.client.rows("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await source.client.rows("SELECT pg_reload_conf()");
  const [waiting, local] = [await source.another(), await source.another()];
  const standbys = async () => expect(await waiting.row("SHOW synchronous_standby_names")).toEqual(["nobody"]);
  await vi.waitFor(standbys, PATIENCE);
  await local.rows("SET synchronous_commit = 'local'");
  const commit = async () => {
    const committed = waiting.rows(
      "BEGIN; UPDATE books SET title = 'new' WHERE id = 1; DELETE FROM books WHERE id = 2; COMMIT",
    );
    await vi.waitFor(() => expect(eventsOf(source, "d")).toHaveLength(1), PATIENCE);
    return { committed };
  };
  let committed: Promise<unknown>;
  let done: Promise<void>;
  if (before) {
    ({ committed } = await commit());
    done = source.snapshot("books");
  } else {
    // It is waited for, so that the other one comes meanwhile.
    await local.rows("BEGIN; INSERT INTO books VALUES (3, 'local')");
    done = source.snapshot("books");
    await writersLookedAt(source);
    ({ committed } = await commit());
    await local.rows("COMMIT");
    await chunkRead(source);
  }
  // The rows look as they were all this time, and none of them may be believed.
  await source.client.rows("SELECT pg_sleep(0.5)");
  expect(keysRead(source)).toEqual([]);
  expect(await source.client.row("SELECT count(*) FROM books WHERE title = 'old'")).toEqual(["2"]);
  await source.client.rows("ALTER SYSTEM RESET synchronous_standby_names");
  await source.client.rows("SELECT pg_reload_conf()");
  await Promise.all([committed, done]);
  await expectApplied(source, [{ id: 1, title: "new" }, ...(before ? [] : [{ id: 3, title: "local" }])]);
});

describe("of an empty table", () => {
  it("is a snapshot-end in each partition, at the position where it began", async () => {
    const source = await TestSource.streaming('CREATE TABLE "Leer" (id int PRIMARY KEY)', [["public", "Leer"]]);
    const states: SnapshotState[] = [];
    await source.snapshot("Leer", { report: (state) => states.push(state) });
    const seen = source.outlet.collected.map(({ key, partition, event }) => [key, partition, event?.op]);
    expect(seen).toEqual([0, 1].map((partition) => ['{"$freshet":"snapshot-end"}', partition, "m"]));
    const { commitLsn } = source.outlet.collected[0]?.event?.source.position ?? {};
    expect(states.at(-1)).toMatchObject({ position: `1/${commitLsn ?? ""}/0`, rows: 0, lastKey: null });
    expect(states.at(-1)?.finishedAt).not.toBeNull();
  });
});

/** Stored as of the changes that the first session sent; the second one begins below them and is slow to come there. */
async function changedUnseen(): Promise<TestSource> {
  const source = await TestSource.open(
    "CREATE TABLE books (id int PRIMARY KEY, title text); CREATE TABLE other (id int PRIMARY KEY)",
    [
      ["public", "books"],
      ["public", "other"],
    ],
  );
  await source.createSlot();
  const first = await source.stream();
  // Sent, and not confirmed: the next session gets it again.
  source.outlet.holdBack = true;
  await source.client.rows(
    "DO $$ BEGIN FOR i IN 1..500 LOOP INSERT INTO public.books VALUES (i, 'sent'); COMMIT; END LOOP; END $$",
  );
  await vi.waitFor(() => expect(source.outlet.collected).toHaveLength(500), PATIENCE);
  await first.close();
  source.outlet.holdBack = false;
  const publication = quoteIdentifier(source.publication);
  await source.client.rows(`ALTER PUBLICATION ${publication} DROP TABLE books`);
  await source.client.rows("DELETE FROM books WHERE id < 499; UPDATE books SET title = 'unseen' WHERE id = 499");
  await source.client.rows(`ALTER PUBLICATION ${publication} ADD TABLE ONLY books`);
  source.outlet.isFull = true;
  await source.stream();
  return source;
}

describe("where the stream begins below what was sent, and rows were changed unseen since", () => {
  it("takes away those that are gone", async () => {
    const source = await changedUnseen();
    const done = source.snapshot("books");
    await lastQuery(source, "%reltuples%");
    source.outlet.isFull = false;
    await done;
    await expectApplied(source, [
      { id: 499, title: "unseen" },
      { id: 500, title: "sent" },
    ]);
  });

  it("outranks what was sent, also when it goes on with what an earlier session began", async () => {
    const source = await changedUnseen();
    const begun = {
      ...{ position: "1/1/0", lastKey: null, rows: 0 },
      estimatedRows: null,
      startedAt: 0,
      finishedAt: null,
    };
    const read = new CollectingOutlet();
    await source.snapshot("books", { begun }, read);
    expect(AppliedRows.of([...source.outlet.collected, ...read.collected]).get('{"id":499}')).toEqual({
      id: 499,
      title: "unseen",
    });
  });
});

it("goes on behind the last key that was delivered", async () => {
  const source = await TestSource.streaming(
    "CREATE TABLE books (a int, b text, PRIMARY KEY (a, b)); INSERT INTO books SELECT i % 50, 'b' || i FROM generate_series(1, 5000) i; ANALYZE books",
    [["public", "books"]],
  );
  const stop = new AbortController();
  let last: SnapshotState | null = null;
  const report = (state: SnapshotState) => {
    last = state;
    if (state.rows >= 500) stop.abort();
  };
  await expect(source.snapshot("books", { report, signal: stop.signal })).rejects.toThrow();
  const reached = last as SnapshotState | null;
  expect(reached).toMatchObject({ estimatedRows: 5000, finishedAt: null });
  const before = keysRead(source).length;
  await source.snapshot("books", { begun: reached, report: (state) => (last = state) });
  expect(keysRead(source).length - before).toBe(5000 - (reached?.rows ?? 0));
  expect(new Set(keysRead(source)).size).toBe(5000);
  expect(last).toMatchObject({ rows: 5000, position: reached?.position });
});

describe("of some rows", () => {
  const TABLE =
    "CREATE TABLE books (id int PRIMARY KEY, title text); INSERT INTO books SELECT i, 't' || i FROM generate_series(1, 1000) i";

  it("by a condition, with nothing taken away", async () => {
    const source = await TestSource.streaming(TABLE, [["public", "books"]]);
    const select = ({ lastKey }: SnapshotState) => selectRange("id % 2 = 0 -- even", lastKey);
    await source.snapshot("books", { whole: false, select });
    expect(keysRead(source)).toEqual(Array.from({ length: 500 }, (_, n) => `{"id":${2 * n + 2}}`));
    expect(source.outlet.collected).toHaveLength(500);
    await expect(
      source.snapshot("books", { whole: false, select: () => selectRange("titel = 'x'", null) }),
    ).rejects.toThrow(/column "titel" does not exist/);
  });

  it("by their keys: those that are there, deletes of those that aren't, nothing of what the stream has brought", async () => {
    const source = await TestSource.streaming(TABLE, [["public", "books"]]);
    source.outlet.isFull = true;
    const keys = [...Array.from({ length: 90 }, (_, n) => ({ id: n + 1 })), { id: "2000" }, { id: 2001 }, { id: 2002 }];
    const done = source.snapshot("books", { whole: false, select: () => selectKeys(keys) });
    await chunkRead(source);
    await source.client.rows("INSERT INTO books VALUES (2001, 'new'); UPDATE books SET title = 'new' WHERE id = 5");
    await vi.waitFor(() => expect(source.outlet.collected).toHaveLength(2), PATIENCE);
    source.outlet.isFull = false;
    await done;
    expect(keysRead(source)).toHaveLength(89);
    expect(eventsOf(source, "d").map(({ key }) => key)).toEqual(['{"id":2000}', '{"id":2002}']);
    const deleted = source.outlet.collected.filter(({ event }) => event === null).map(({ key }) => key);
    expect(deleted).toEqual(['{"id":2000}', '{"id":2002}']);
  });
});
