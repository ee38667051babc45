import { documentRules } from "@freshet/documents/document-rules";
import { startPostgres } from "@freshet/local-stack/postgres";
import { Session } from "@freshet/postgres/session";
import { sourceSchema } from "@freshet/process/source-configuration";
import { expect, it, onTestFinished, vi } from "vitest";
import { Replica } from "./replica.js";
import { TableRows } from "./table-rows.js";

const TIMEOUT_MS = 60_000;

async function startPair() {
  const primary = await startPostgres();
  onTestFinished(() => primary.stop());
  const backup = await primary.saveData();
  const { hostname, port, username, password } = new URL(primary.url);
  const standby = await startPostgres({
    copyOf: backup,
    files: {
      "standby.signal": "",
      "postgresql.auto.conf": `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password}'\n`,
    },
  });
  onTestFinished(() => standby.stop());
  const addressOf = (url: string) => ({ connectionString: url, applicationName: "freshet-test" });
  return { primary: addressOf(primary.url), standby: addressOf(standby.url) };
}

async function openSession(address: { connectionString: string; applicationName: string }) {
  const session = await Session.open(address);
  onTestFinished(() => session.close());
  return session;
}

it("reads a replica's rows once it has replayed what the primary has, and says that it waits", async () => {
  const { primary, standby } = await startPair();
  const [writer, replayer] = [await openSession(primary), await openSession(standby)];
  await writer.rows("CREATE TABLE public.books (id int PRIMARY KEY, name text)");
  const [source] = sourceSchema.parse({ tables: [{ table: "public.books", where: "id > 0" }] }).tables;
  if (source === undefined) throw new Error("the table is configured");
  const told: string[] = [];
  const { signal } = new AbortController();
  const onWait = (sentence: string) => told.push(sentence);
  const replica = await Replica.open({ primary, replica: standby, timeoutMs: TIMEOUT_MS, onWait, signal });
  onTestFinished(() => replica.close());
  const rules = documentRules("books", { table: source, text: "{{ name }}", payload: [] });
  const rows = await TableRows.open({ address: primary, source, rules, replica });
  onTestFinished(() => rows.close());

  await replica.caughtUp();
  await replayer.rows("SELECT pg_wal_replay_pause()");
  await writer.rows("INSERT INTO public.books VALUES (1, 'late'), (-1, 'filtered')");
  let found: Awaited<ReturnType<TableRows["read"]>> | null = null;
  const reading = rows.read(['{"id":1}']).then((read) => (found = read));
  await vi.waitFor(
    () => expect(told).toEqual([expect.stringMatching(/^The replica .* has replayed .*: waiting for it\.$/)]),
    TIMEOUT_MS,
  );
  expect(found).toBeNull();
  await replayer.rows("SELECT pg_wal_replay_resume()");
  expect((await reading).get('{"id":1}')?.content?.text).toBe("late");
  expect((await rows.sums(() => undefined)).rows).toBe(1);

  // The WAL's next record begins behind a page's header then, and may not come for long.
  const impatient = await Replica.open({ primary, replica: standby, timeoutMs: 5_000, onWait, signal });
  onTestFinished(() => impatient.close());
  await writer.rows("SELECT pg_switch_wal()");
  await impatient.caughtUp();
});

it("refuses what is no replica of the source", async () => {
  const { primary, standby } = await startPair();
  const { signal } = new AbortController();
  const options = { timeoutMs: TIMEOUT_MS, onWait: () => undefined, signal };
  await expect(Replica.open({ ...options, primary, replica: primary })).rejects.toThrow("isn't a standby");
  const other = await startPostgres();
  onTestFinished(() => other.stop());
  const stranger = { connectionString: other.url, applicationName: "freshet-test" };
  await expect(Replica.open({ ...options, primary: stranger, replica: standby })).rejects.toThrow(
    "is a standby of another server",
  );
});
