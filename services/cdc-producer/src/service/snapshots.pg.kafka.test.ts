import { randomName } from "@freshet/local-stack/testing";
import { sourceCommandKey, type SnapshotCommand } from "@freshet/schemas/source-command";
import { COMMANDS_TOPIC } from "@freshet/schemas/topics";
import { expect, it, onTestFinished, vi } from "vitest";
import { SNAPSHOT_END } from "../testing/captured-rows.js";
import { openClient, openDatabase } from "../testing/open-database.js";
import { processStarter } from "../testing/producer-process.js";
import { sendCommand } from "../testing/send-command.js";
import { followState } from "../testing/source-states.js";
import { followTopic, startService } from "../testing/test-service.js";

const PATIENCE = { timeout: 60_000, interval: 100 };

async function ask(command: Partial<SnapshotCommand> & { slot: string; table: string }): Promise<SnapshotCommand> {
  const whole: SnapshotCommand = {
    ...{ kind: "snapshot", id: randomName("ask"), where: null, keys: null, requestedAt: Date.now() },
    ...command,
  };
  await sendCommand(whole);
  return whole;
}

it("reads a table that is added later, while the changes of both go on", async () => {
  const [a, b, slot] = [randomName("a"), randomName("b"), randomName("slot")];
  const { url, client } = await openDatabase(
    `CREATE TABLE ${a} (id int PRIMARY KEY, n int); CREATE TABLE ${b} (id int PRIMARY KEY, n int);
     INSERT INTO ${a} VALUES (1, 1); INSERT INTO ${b} SELECT i, 0 FROM generate_series(1, 2000) i`,
  );
  const table = (name: string) => ({ schema: "public", name });
  const first = startService({ url, slot, tables: [table(a)] });
  await vi.waitFor(() => expect(first.service.readiness()).toEqual({ ready: true }), PATIENCE);
  await first.stop();
  const topicA = await followTopic(`cdc.public.${a}`);
  // It holds the snapshot of the new table up, and nothing else.
  const writer = await openClient(url);
  await writer.rows(`BEGIN; INSERT INTO public.${b} VALUES (3000, 1)`);
  const second = startService({ url, slot, tables: [table(a), table(b)] });
  await vi.waitFor(
    () => expect(second.service.readiness().reason).toMatch(`taking a snapshot of public.${b}`),
    PATIENCE,
  );
  const topicB = await followTopic(`cdc.public.${b}`);
  await client.rows(
    `INSERT INTO ${a} VALUES (2, 2); INSERT INTO ${b} VALUES (4000, 2); UPDATE ${b} SET n = 3 WHERE id = 7`,
  );
  await vi.waitFor(() => {
    expect(topicA.has('{"id":2}')).toBe(true);
    expect(topicB.has('{"id":4000}')).toBe(true);
  }, PATIENCE);
  expect([topicB.has('{"id":8}'), topicB.has(SNAPSHOT_END)]).toEqual([false, false]);
  await writer.rows("COMMIT");
  await vi.waitFor(() => expect(second.service.readiness()).toEqual({ ready: true }), PATIENCE);
  await vi.waitFor(() => expect(topicB.has(SNAPSHOT_END)).toBe(true), PATIENCE);
  const values = new Map([...topicB].map(([key, value]) => [key, (JSON.parse(value) as { after: unknown }).after]));
  expect([3000, 4000, 7, 8].map((id) => values.get(`{"id":${id}}`))).toEqual([
    ...[
      { id: 3000, n: 1 },
      { id: 4000, n: 2 },
      { id: 7, n: 3 },
      { id: 8, n: 0 },
    ],
  ]);
  expect(await second.registry.metrics()).not.toContain(`freshet_cdc_snapshot_rows_total{table="public.${a}"}`);
});

it("takes the snapshots that are asked for, says what became of them, and takes the questions away", async () => {
  const [table, slot] = [randomName("t"), randomName("slot")];
  const { url } = await openDatabase(
    `CREATE TABLE ${table} (id int PRIMARY KEY, n int); INSERT INTO ${table} SELECT i, 0 FROM generate_series(1, 1000) i;
     CREATE SEQUENCE numbers; CREATE TABLE secrets (id int, pw int); INSERT INTO secrets VALUES (9999, 1);
     CREATE FUNCTION refuses(int) RETURNS bool STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$`,
  );
  const running = startService({ url, slot, tables: [{ schema: "public", name: table }] });
  await vi.waitFor(() => expect(running.service.readiness()).toEqual({ ready: true }), PATIENCE);
  const state = await followState(slot);
  const commands = await followTopic(COMMANDS_TOPIC);
  const began = state()?.snapshots[`public.${table}`]?.startedAt ?? 0;
  const outcome = async (command: SnapshotCommand) => {
    await vi.waitFor(() => {
      const known = state()?.requested[command.id];
      expect(known?.finishedAt ?? known?.error ?? null).not.toBeNull();
      expect(commands.has(sourceCommandKey(command))).toBe(false);
    }, PATIENCE);
    return state()?.requested[command.id];
  };
  const label = `public.${table}`;
  const [some, keys, bad, unknown, ranged, effect, outbreak, failing, late] = await Promise.all([
    ask({ slot, table: label, where: "id <= 10" }),
    ask({ slot, table: label, keys: [{ id: 5 }, { id: 5000 }] }),
    ask({ slot, table: label, where: "titel = 'x'" }),
    ask({ slot, table: "public.nothing" }),
    ask({ slot, table: label, keys: [{ nr: 5 }] }),
    ask({ slot, table: label, where: "nextval('public.numbers') > 0" }),
    ask({ slot, table: label, where: "true) UNION ALL SELECT id, pw FROM public.secrets WHERE (true" }),
    ask({ slot, table: label, where: "1 / (id - 1000) > 0" }),
    ask({ slot, table: label, where: "public.refuses(id)" }),
  ]);
  await ask({ slot: randomName("other"), table: label });
  expect(await outcome(some)).toMatchObject({ rows: 10, error: null, table: label });
  expect(await outcome(keys)).toMatchObject({ rows: 1, error: null });
  expect(await outcome(bad)).toMatchObject({ error: 'column "titel" does not exist' });
  expect(await outcome(unknown)).toMatchObject({ error: "public.nothing is not among source.tables." });
  expect((await outcome(ranged))?.error).toMatch(/no value for column id/);
  expect((await outcome(effect))?.error).toMatch(/volatile function: nextval/);
  expect((await outcome(outbreak))?.error).toMatch(/syntax error/);
  expect((await outcome(failing))?.error).toBe("division by zero");
  // Raised by the application's own function (P0001).
  expect((await outcome(late))?.error).toBe("not this one");
  const whole = await ask({ slot, table: label });
  expect(await outcome(whole)).toMatchObject({ rows: 1000, error: null });
  expect(state()?.snapshots[label]).toMatchObject({ rows: 1000 });
  expect(state()?.snapshots[label]?.startedAt).toBeGreaterThan(began);
  expect(await running.registry.metrics()).toContain(`freshet_cdc_snapshot_rows_total{table="${label}"} 2011`);
  expect(running.service.readiness()).toEqual({ ready: true });
});

it("goes on with the stream while the role may not read a table, and takes its snapshot when it may", async () => {
  const [table, other, slot, role] = [randomName("t"), randomName("o"), randomName("slot"), randomName("reader")];
  const { url, client } = await openDatabase(
    `CREATE ROLE ${role} LOGIN REPLICATION PASSWORD 'p'; GRANT CREATE ON SCHEMA public TO ${role};
     CREATE TABLE ${table} (id int PRIMARY KEY); CREATE TABLE ${other} (id int PRIMARY KEY); INSERT INTO ${table} VALUES (1);
     ALTER TABLE ${table} OWNER TO ${role}; ALTER TABLE ${other} OWNER TO ${role}`,
  );
  const [database = ""] = await client.row("SELECT quote_ident(current_database())");
  await client.rows(`GRANT CREATE ON DATABASE ${database ?? ""} TO ${role}`);
  onTestFinished(async () => {
    await client.rows(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
  const address = new URL(url);
  [address.username, address.password] = [role, "p"];
  const tables = [table, other].map((name) => ({ schema: "public", name }));
  const [state, label] = [await followState(slot), `public.${table}`];
  const run = () => state()?.snapshots[label];
  const first = startService({ url: address.href, slot, tables: tables.slice(1) });
  await vi.waitFor(() => expect(first.service.readiness()).toEqual({ ready: true }), PATIENCE);
  await first.stop();
  // The snapshot has to wait until the table can't be read any more.
  await client.rows(`BEGIN; INSERT INTO ${table} VALUES (2)`);
  const { service } = startService({ url: address.href, slot, tables });
  const finds = (reason: RegExp) =>
    vi.waitFor(
      () => expect(service.readiness()).toMatchObject({ ready: true, reason: expect.stringMatching(reason) as string }),
      PATIENCE,
    );
  await finds(new RegExp(`snapshot of ${label} `));
  await client.rows(`REVOKE SELECT ON ${table} FROM ${role}; COMMIT`);
  await finds(new RegExp(`"${role}" may not read ${label} .*GRANT SELECT ON "public"."${table}" TO "${role}"`));
  const topic = await followTopic(`cdc.public.${other}`);
  await client.rows(`INSERT INTO ${other} VALUES (1)`);
  await vi.waitFor(() => expect(topic.has('{"id":1}')).toBe(true), PATIENCE);
  await client.rows(`GRANT SELECT ON ${table} TO ${role}`);
  await vi.waitFor(() => expect(service.readiness()).toEqual({ ready: true }), PATIENCE);
  await vi.waitFor(() => expect(run()).toMatchObject({ rows: 2, finishedAt: expect.any(Number) as number }), PATIENCE);

  const before = run();
  await client.rows(`REVOKE SELECT ON ${table} FROM ${role}`);
  const refused = await ask({ slot, table: label });
  await vi.waitFor(() => {
    expect(state()?.requested[refused.id]?.error).toContain(`GRANT SELECT ON "public"."${table}" TO "${role}"`);
  }, PATIENCE);
  // What the table had still counts.
  expect(run()).toEqual(before);
  // The outcome is stored before the run is over.
  await vi.waitFor(() => expect(service.readiness()).toEqual({ ready: true }), PATIENCE);
});

it("goes on at its chunk after kill -9", async () => {
  const [table, other, slot] = [randomName("t"), randomName("o"), randomName("slot")];
  const rows = 2000;
  // Postgres keeps the second half's notes beside the table.
  const { url, client } = await openDatabase(
    `CREATE TABLE ${other} (id int PRIMARY KEY); CREATE TABLE ${table} (id int PRIMARY KEY, note text);
     ALTER TABLE ${table} ALTER note SET STORAGE EXTERNAL;
     INSERT INTO ${table} SELECT i, repeat('x', CASE WHEN i > ${rows / 2} THEN 3000 ELSE 30 END)
       FROM generate_series(1, ${rows}) i`,
  );
  const tables = [other, table].map((name) => ({ schema: "public", name }));
  const first = startService({ url, slot, tables: tables.slice(0, 1) });
  await vi.waitFor(() => expect(first.service.readiness()).toEqual({ ready: true }), PATIENCE);
  await first.stop();
  // Whoever reads those waits for this lock; the table's other half can be read.
  const [notes = ""] = await client.row(
    `SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = '${table}'::regclass`,
  );
  await client.rows(`BEGIN; REINDEX TABLE ${notes ?? ""}`);
  const state = await followState(slot);
  const run = () => state()?.snapshots[`public.${table}`];
  const killed = processStarter({
    url,
    source: `{ publication: ${slot}_p, slot: ${slot}, tables: [public.${other}, public.${table}] }`,
  })();
  // Chunks grow: the next one holds rows of the second half.
  await vi.waitFor(() => expect(run()?.rows).toBeGreaterThan(rows / 4), PATIENCE);
  killed.kill("SIGKILL");
  await new Promise((resolve) => killed.once("exit", resolve));
  await client.rows("ROLLBACK");
  const reached = run();
  expect(reached).toMatchObject({ finishedAt: null });
  expect(reached?.rows).toBeLessThan(rows);

  const topic = await followTopic(`cdc.public.${table}`);
  const second = startService({ url, slot, tables });
  await vi.waitFor(() => expect(run()?.finishedAt).toEqual(expect.any(Number)), PATIENCE);
  expect(run()).toMatchObject({ rows, position: reached?.position });
  expect(await second.registry.metrics()).toContain(
    `freshet_cdc_snapshot_rows_total{table="public.${table}"} ${rows - (reached?.rows ?? 0)}`,
  );
  await vi.waitFor(() => expect([...topic.keys()].filter((key) => key !== SNAPSHOT_END)).toHaveLength(rows), PATIENCE);
});
