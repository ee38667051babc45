import { createDatabase, kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { changesTopic } from "@freshet/schemas/topics";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { expect, it, onTestFinished } from "vitest";
import { newSlot, TestInstallation } from "../testing/freshet-command.js";

const silent = () => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };

async function openDatabase(sql: string): Promise<string> {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "application" });
  onTestFinished(() => session.close());
  await session.rows(sql);
  return url;
}

it("finds each thing that stands in the way, with what cures it", async () => {
  const good = randomName("good");
  const bare = randomName("bare");
  const postgresUrl = await openDatabase(
    `CREATE TABLE public.${good} (id int PRIMARY KEY, name text); CREATE TABLE public.${bare} (id int, name text)`,
  );
  const admin = await connectTopicAdmin({ brokers: kafkaBrokers(), clientId: randomName("client"), logger });
  onTestFinished(() => admin.close());
  const config = { "cleanup.policy": "delete" };
  await admin.ensureTopic({ name: changesTopic("public", good), partitions: 3, config });
  const tables = [`public.${good}`, `public.${bare}`];
  const installation = new TestInstallation({ slot: newSlot(), tables, postgresUrl });

  const command = installation.freshet("doctor");
  expect(await command.exit()).toBe(1);
  const lines = command.stdout.split("\n");
  const about = (check: string) => lines.filter((line) => line.slice(2).startsWith(check)).join("\n");
  expect(about("configuration")).toMatch(/^✓ .*tables 2, indexes 2/);
  expect(about("broker")).toMatch(/^✓/);
  const topic = about(`topic ${changesTopic("public", good)}`);
  expect(topic).toMatch(/^! .*has 3 partitions and keeps them; topics.partitions says 2\.\n✗ .*cleanup\.policy=delete/);
  expect(about(`topic ${changesTopic("public", bare)}`)).toMatch(/^! .*isn't there yet/);
  expect(about("cdc-producer")).toMatch(/^! .*None has reported/);
  expect(about(`postgres: table public.${good}`)).toMatch(/^✓/);
  expect(about(`postgres: table public.${bare}`)).toMatch(/^✗ .*no primary key/);
  expect(command.stdout).toContain(`ALTER TABLE "public"."${bare}" ADD PRIMARY KEY`);
  expect(about("store main")).toMatch(/^! .*start the vector-sink/);
});

it("asks of a database that is polled what polling needs, and nothing else", async () => {
  const [good, bare, wrong, changes] = ["good", "bare", "wrong", "changes"].map((name) => `public.${randomName(name)}`);
  const postgresUrl = await openDatabase(
    `CREATE UNLOGGED TABLE ${good} (id int PRIMARY KEY, name text, changed timestamptz); ALTER TABLE ${good} REPLICA IDENTITY NOTHING;
     CREATE TABLE ${bare} (id int PRIMARY KEY, name text); CREATE TABLE ${wrong} (id int PRIMARY KEY, changed timestamptz);
     CREATE TABLE ${changes} (n bigint, other int)`,
  );
  const tables = [
    { table: good, poll: { updatedAt: "changed" }, where: "id > 0" },
    { table: bare, poll: { changes, sequence: "n" } },
    { table: wrong, poll: { updatedAt: "changed" }, where: "nope" },
  ];
  const installation = new TestInstallation({
    slot: newSlot(),
    tables: [],
    source: { mode: "poll", tables },
    postgresUrl,
  });
  const command = installation.freshet("doctor", "--json");
  expect(await command.exit()).toBe(1);
  const { findings } = JSON.parse(command.stdout) as { findings: { check: string; ok: unknown; says: string }[] };
  const seen = findings.filter(({ check }) => check.startsWith("postgres: "));
  expect(seen.map(({ check, ok, says }) => [check.slice("postgres: ".length), ok, says])).toEqual([
    ["connection", true, expect.any(String)],
    ["server", true, expect.stringContaining("a primary")],
    [`table ${good}`, true, "It can be polled."],
    [`table ${bare}`, false, expect.stringContaining(`${changes} has no column "id"`)],
    [`table ${wrong}`, false, expect.stringContaining("doesn't take the filter")],
  ]);
});

it("finds a wrong configuration, a missing broker and a missing database, each in a sentence", async () => {
  const nowhere = { postgresUrl: "postgres://nobody@127.0.0.1:1/nothing", brokers: ["127.0.0.1:1"] };
  const command = new TestInstallation({ slot: newSlot(), tables: ["public.t"], ...nowhere }).freshet(
    "doctor",
    "--json",
  );
  expect(await command.exit()).toBe(1);
  const { findings } = JSON.parse(command.stdout) as { findings: { check: string; ok: unknown; says: string }[] };
  const failures = findings.filter(({ ok }) => ok === false).map(({ check, says }) => `${check}: ${says}`);
  expect(failures).toEqual([
    expect.stringMatching(/^broker: No Kafka broker answers at 127\.0\.0\.1:1/),
    expect.stringMatching(/^postgres: connection: .*127\.0\.0\.1:1\/nothing/),
  ]);
  const wrong = new TestInstallation({ slot: "Wrong_Slot", tables: ["public.t"] }).freshet("doctor");
  expect(await wrong.exit()).toBe(1);
  expect(wrong.stdout).toMatch(/^✗ configuration {2}.*freshet\.yaml:\d+: source\.slot/);
});
