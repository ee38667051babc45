import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import type { SourceState } from "@freshet/schemas/service-state";
import { expect, it, onTestFinished, vi } from "vitest";
import { newSlot, TestInstallation } from "./testing/freshet-command.js";

const PATIENCE = { timeout: 30_000, interval: 250 };

async function install(rows: number) {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "application" });
  onTestFinished(() => session.close());
  const table = `public.${randomName("books")}`;
  await session.rows(
    `CREATE TABLE ${table} (id int PRIMARY KEY, name text);
     INSERT INTO ${table} SELECT id, 'book ' || id FROM generate_series(1, ${rows}) id`,
  );
  return { table, session, installation: new TestInstallation({ slot: newSlot(), tables: [table], postgresUrl: url }) };
}

async function sourceOf(installation: TestInstallation): Promise<SourceState | null> {
  const status = installation.freshet("status", "--json");
  expect(await status.exit()).toBe(0);
  return (JSON.parse(status.stdout) as { source: SourceState | null }).source;
}

function captured(installation: TestInstallation, table: string): Promise<SourceState> {
  return vi.waitFor(async () => {
    const source = await sourceOf(installation);
    if (source?.snapshots[table]?.finishedAt == null) throw new Error("its snapshot isn't finished");
    return source;
  }, PATIENCE);
}

it("takes snapshots of all, of a part and of keys, and reports their end", async () => {
  const { table, installation } = await install(3);
  installation.startProducer();
  await captured(installation, table);
  const ends: (readonly [words: readonly string[], code: number, sentence: string])[] = [
    [[], 0, `Done (${table}): 3 rows captured in `],
    [[table, "--where", "id > 2"], 0, `Done (${table} where id > 2): 1 row captured in `],
    [[table, "--keys", '{"id": 1}', '{"id": 2}'], 0, `Done (${table}, 2 keys): 2 rows captured in `],
    [[table, "--where", "nope = 1"], 1, `The snapshot failed: ${table} where nope = 1: column "nope" does not exist`],
  ];
  for (const [words, code, sentence] of ends) {
    const command = installation.freshet("snapshot", ...words);
    expect([await command.exit(), command.stdout, command.stderr]).toEqual([
      code,
      expect.stringContaining(sentence),
      expect.stringContaining(table),
    ]);
  }
  // It is written now and then.
  await vi.waitUntil(async () => {
    const source = await sourceOf(installation);
    return source?.phase === "streaming" && source.health !== null;
  }, PATIENCE);
  const status = installation.freshet("status");
  await status.exit();
  expect(status.stdout).toContain(`slot ${installation.slot}, reported `);
  expect(status.stdout).toMatch(/ {2}phase +streaming\n/);
  expect(status.stdout).toMatch(/ {2}lag +.* of WAL, /);
  expect(status.stdout).toMatch(/ {2}slot +wal_status reserved, 0 B spilled\n/);
  expect(status.stdout).toContain(`  snapshot    ${table}  ✓ 3 rows in `);
  expect(status.stdout).toMatch(/requested .*✗ .*column "nope" does not exist/);
});

it("has a producer go on with a database whose slot is gone", async () => {
  const { table, session, installation } = await install(5);
  const producer = installation.startProducer();
  const before = await captured(installation, table);
  producer.signal("SIGTERM");
  expect(await producer.exit()).toBe(0);
  await session.rows("SELECT pg_drop_replication_slot($1)", [installation.slot]);
  await session.rows(`DELETE FROM ${table} WHERE id = 1`);
  const refused = installation.startProducer();
  expect(await refused.exit()).toBe(1);
  expect(refused.stderr).toContain("freshet source accept");

  const unasked = installation.freshet("source", "accept");
  expect(await unasked.exit()).toBe(1);
  expect(unasked.stdout).toContain(`What differs  Replication slot "${installation.slot}" is gone`);
  expect(unasked.stderr).toContain("say --yes");
  expect((await sourceOf(installation))?.epoch).toBe(before.epoch);

  const accepting = installation.freshet("source", "accept", "--yes", "--wait");
  await vi.waitUntil(() => accepting.stdout.includes("Accepted: start the cdc-producer"), PATIENCE);
  const pending = installation.freshet("status");
  await pending.exit();
  expect(pending.stdout).toMatch(/ {2}accepted +.* ago: the cdc-producer's next start takes it up/);
  installation.startProducer();
  expect(await accepting.exit()).toBe(0);
  expect(accepting.stdout).toContain(`Done (${table}): 4 rows captured in `);
  const after = await captured(installation, table);
  expect(after.epoch).toBeGreaterThan(before.epoch);
  expect(after.lastError).toBeNull();

  const needless = installation.freshet("source", "accept", "--yes");
  expect(await needless.exit()).toBe(1);
  expect(needless.stderr).toContain("say --force");
  const forced = installation.freshet("source", "accept", "--yes", "--force");
  expect(await forced.exit()).toBe(0);
});
