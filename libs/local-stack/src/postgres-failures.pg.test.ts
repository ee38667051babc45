import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { startPostgres, type PostgresServer, type StartPostgresOptions } from "./postgres.js";
import { selfSignedCertificate } from "./self-signed-certificate.js";

async function ownPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const server = await startPostgres(options);
  onTestFinished(() => server.stop());
  return server;
}

async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  // The server ends connections on purpose here.
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** The first column of each row. */
async function query(server: PostgresServer, text: string): Promise<unknown[]> {
  const client = await connect({ connectionString: server.url });
  const { rows } = await client.query<unknown[]>({ text, rowMode: "array" });
  await client.end();
  return rows.map(([first]) => first);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("what was committed before a crash is there after a restart, what was not isn't", async () => {
  const server = await ownPostgres();
  const { pid } = server;
  await query(server, "CREATE TABLE t (id int)");
  await query(server, "INSERT INTO t VALUES (1)");
  const open = await connect({ connectionString: server.url });
  await open.query("BEGIN; INSERT INTO t VALUES (2)");

  await server.crash();
  expect(isAlive(pid)).toBe(false);
  await expect(query(server, "SELECT 1")).rejects.toThrow("ECONNREFUSED");
  await server.restart({ settings: { max_slot_wal_keep_size: "16MB" } });

  expect(server.pid).not.toBe(pid);
  expect(await query(server, "SELECT id FROM t")).toEqual([1]);
  expect(await query(server, "SHOW max_slot_wal_keep_size")).toEqual(["16MB"]);
  // That run's setting is gone with it; a server that runs is crashed first.
  await server.restart();
  expect(await query(server, "SHOW max_slot_wal_keep_size")).toEqual(["-1"]);
  expect(await query(server, "SELECT id FROM t")).toEqual([1]);
});

test("saved data can be restored, more than once, and knows nothing of what came later", async () => {
  const server = await ownPostgres();
  await query(server, "CREATE TABLE t (id int)");
  await query(server, "INSERT INTO t VALUES (1)");
  const backup = await server.saveData();
  await query(server, "INSERT INTO t VALUES (2)");
  expect(await query(server, "SELECT id FROM t ORDER BY id")).toEqual([1, 2]);

  for (const attempt of ["first", "second"]) {
    await server.restoreData(backup);
    expect(await query(server, "SELECT id FROM t"), attempt).toEqual([1]);
    await query(server, "INSERT INTO t VALUES (3)");
  }
  await server.stop();
  expect(existsSync(dirname(backup.folder))).toBe(false);
});

test("settings that don't let it start are answered with its own words, and can be mended", async () => {
  const server = await ownPostgres();
  await query(server, "CREATE TABLE t (id int)");
  await expect(server.restart({ settings: { wal_level: "marvellous" } })).rejects.toThrow(
    /^Postgres ended while it was starting; its last words:\n.*"wal_level": "marvellous"/,
  );
  await server.restart();
  expect(await query(server, "SELECT count(*)::int FROM t")).toEqual([0]);
});

test("a stopped backend is gone with its server", async () => {
  const server = await ownPostgres();
  const [backend] = (await (await connect({ connectionString: server.url })).query("SELECT pg_backend_pid() AS pid"))
    .rows as [{ pid: number }];
  process.kill(backend.pid, "SIGSTOP");
  const { pid } = server;

  await server.stop();

  expect(isAlive(backend.pid)).toBe(false);
  expect(isAlive(pid)).toBe(false);
});

test("with a certificate and a pg_hba.conf of its own it takes encrypted connections only, also after a restart", async () => {
  const { certificate, key } = await selfSignedCertificate();
  const server = await ownPostgres({
    settings: { ssl: "on" },
    files: {
      "server.crt": certificate,
      "server.key": key,
      "pg_hba.conf": "hostssl all,replication all 127.0.0.1/32 scram-sha-256\n",
    },
  });
  const backup = await server.saveData();
  const keyFile = await stat(join(backup.folder, "server.key"));
  expect(keyFile.mode & 0o777).toBe(0o600);

  for (const when of ["started", "restarted"]) {
    const client = await connect({ connectionString: server.url, ssl: { ca: certificate } });
    const { rows } = await client.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl");
    expect(rows, when).toEqual([{ version: expect.stringMatching(/^TLSv1\.[23]$/) as unknown }]);
    await expect(query(server, "SELECT 1")).rejects.toThrow(/no pg_hba.conf entry.*no encryption/);
    await server.restart();
  }
});
