import { randomSource } from "@freshet/local-stack/random";
import { randomName } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import type { SnapshotState } from "@freshet/schemas/service-state";
import { expect, it, onTestFinished, vi } from "vitest";
import { AppliedRows } from "../testing/applied-rows.js";
import { TestSource } from "../testing/test-source.js";

const ROWS = 3_000;
const HOT = 400;
const RUNS = 3;

/** Changes hot rows until it is told to stop, each in a session of its own. */
async function write(session: Session, random: () => number, isOver: () => boolean): Promise<void> {
  const hot = () => Math.floor(random() * HOT) * Math.floor(ROWS / HOT);
  const changes = [
    () => `UPDATE hot SET n = n + 1 WHERE a = ${hot()}`,
    () => `UPDATE hot SET n = n + 1 WHERE a BETWEEN ${hot()} AND ${hot() + 40}`,
    () => `DELETE FROM hot WHERE a = ${hot()}`,
    () => `INSERT INTO hot SELECT a, 'b' || a % 5, 0 FROM generate_series(${hot()}, ${hot()}) a ON CONFLICT DO NOTHING`,
    () =>
      `UPDATE hot SET a = a + ${ROWS}, b = 'moved' WHERE a = ${hot()} AND NOT EXISTS (SELECT FROM hot h WHERE h.a = hot.a + ${ROWS})`,
    () =>
      `UPDATE hot SET a = a - ${ROWS}, b = 'b' || a % 5 WHERE a = ${hot() + ROWS} AND NOT EXISTS (SELECT FROM hot h WHERE h.a = hot.a - ${ROWS})`,
  ];
  const pick = () => (changes[Math.floor(random() * changes.length)] ?? changes[0])?.() ?? "";
  while (!isOver()) {
    const count = random() < 0.3 ? 1 + Math.floor(random() * 5) : 1;
    const end = random() < 0.1 ? "ROLLBACK" : "COMMIT";
    const truncate =
      random() < 0.002 ? ["TRUNCATE hot", "INSERT INTO hot SELECT a, 'new', 0 FROM generate_series(1, 2000) a"] : [];
    const statements = ["BEGIN", ...truncate, ...Array.from({ length: count }, pick), end];
    // Two of them may wait for each other, or make the same row.
    await session.rows(statements.join(";")).catch(() => session.rows("ROLLBACK"));
  }
}

it("ends with the table's rows, whatever was changed while it was read, and however often it was broken off", async () => {
  const seed = Number.parseInt(randomName("seed").slice(-8), 16);
  const random = randomSource(seed);
  const source = await TestSource.open(
    `CREATE TABLE hot (a int, b text COLLATE "C", n int, PRIMARY KEY (a, b));
     INSERT INTO hot SELECT i, 'b' || i % 5, 0 FROM generate_series(1, ${ROWS}) i`,
    [["public", "hot"]],
  );
  await source.createSlot();
  let over = false;
  const writing = [1, 2, 3].map(async (number) => {
    const session = await Session.open(source.address);
    onTestFinished(() => session.close());
    await session.rows(`SET search_path = public; SET synchronous_commit = ${number === 3 ? "off" : "on"}`);
    await write(session, randomSource(seed + number), () => over);
  });
  let streaming = await source.stream();
  let breaks = 0;
  for (let run = 0; run < RUNS; run++) {
    let state: SnapshotState | null = null;
    let done = false;
    while (!done) {
      const stop = new AbortController();
      const breaking = random() < 0.8;
      const timer = setTimeout(() => stop.abort(), breaking ? random() * 250 : 60_000);
      try {
        await source.snapshot("hot", { begun: state, report: (reached) => (state = reached), signal: stop.signal });
        done = true;
      } catch (error) {
        if (!stop.signal.aborted) throw error;
        breaks += 1;
        if (random() < 0.5) {
          await streaming.close();
          streaming = await source.stream();
        }
      } finally {
        clearTimeout(timer);
      }
    }
  }
  over = true;
  await Promise.all(writing);
  await source.client.rows("INSERT INTO hot VALUES (-1, 'end', 0)");
  const last = () => source.outlet.collected.at(-1)?.event;
  await vi.waitFor(() => expect(last()).toMatchObject({ after: { a: -1 } }), { timeout: 60_000, interval: 20 });

  const applied = AppliedRows.of(source.outlet.collected);
  const rows = await source.client.rows("SELECT a, b, n FROM hot");
  const expected = rows.map(
    ([a, b, n]) => [`{"a":${a ?? ""},"b":"${b ?? ""}"}`, { a: Number(a), b, n: Number(n) }] as const,
  );
  expect(differences(applied, new Map(expected)), `seed ${seed}`).toEqual([]);
  const read = source.outlet.collected.filter(({ event }) => event?.op === "r").length;
  expect(breaks).toBeGreaterThan(0);
  expect(read).toBeGreaterThan(ROWS / 10);
});

function differences(topic: ReadonlyMap<string, unknown>, table: ReadonlyMap<string, unknown>): unknown[] {
  const keys = new Set([...topic.keys(), ...table.keys()]);
  const differing = [...keys].filter((key) => JSON.stringify(topic.get(key)) !== JSON.stringify(table.get(key)));
  return differing.slice(0, 5).map((key) => [key, { topic: topic.get(key), table: table.get(key) }, differing.length]);
}
