import { randomName } from "@freshet/local-stack/testing";
import type { Session } from "@freshet/postgres/session";
import type { SourceTable } from "@freshet/process/source-configuration";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { followRows } from "../testing/captured-rows.js";
import { openDatabase } from "../testing/open-database.js";
import { followTopic, startService } from "../testing/test-service.js";

const PATIENCE = { timeout: 60_000, interval: 200 };

async function open(
  sql: string,
  options: Omit<SourceTable, "schema" | "name">,
  login: Login = (url) => Promise.resolve(url),
) {
  const { url, client } = await openDatabase(sql);
  const [topic, slot] = [randomName("topic"), randomName("slot")];
  const tables = [{ schema: "public", name: "books", topic, ...options }];
  const service = startService({ url: await login(url, client, `${slot}_p`), slot, tables });
  const rows = await followRows(topic);
  /** Neither more nor less. */
  const is = async (...expected: [key: unknown, row: Record<string, unknown>][]) => {
    const wanted = Object.fromEntries(expected.map(([key, row]) => [JSON.stringify(key), row]));
    await vi.waitFor(() => expect(rows()).toEqual(wanted), PATIENCE);
  };
  return { client, topic, service, is };
}

type Login = (url: string, client: Session, publication: string) => Promise<string>;

describe("columns that are left out", () => {
  it("are in no message of the snapshot or the stream, neither the old row nor the new one", async () => {
    const { client, topic, is } = await open(
      `CREATE TABLE books (secret text, id int PRIMARY KEY, title text); ALTER TABLE books REPLICA IDENTITY FULL;
       INSERT INTO books VALUES ('hush 1', 1, 'a'), ('hush 2', 2, 'b')`,
      { columns: { exclude: ["secret"] } },
    );
    await is([{ id: 1 }, { id: 1, title: "a" }], [{ id: 2 }, { id: 2, title: "b" }]);
    const messages = await followTopic(topic);
    await client.rows(`UPDATE books SET title = 'c', secret = 'hush 3' WHERE id = 1; DELETE FROM books WHERE id = 2`);
    await client.rows("ALTER TABLE books ADD COLUMN later int; INSERT INTO books VALUES ('hush 4', 3, 'd', 5)");
    await is([{ id: 1 }, { id: 1, title: "c" }], [{ id: 3 }, { id: 3, title: "d", later: 5 }]);
    expect([...messages.values()].join()).not.toMatch(/hush|secret/);
  });

  it("never leave the database when the others are listed, which a reader needs no more for than its owner's help", async () => {
    const role = randomName("reader");
    const { client, is } = await open(
      `CREATE TABLE books (secret text, id int PRIMARY KEY, title text); INSERT INTO books VALUES ('hush', 1, 'a')`,
      { columns: { include: ["title", "id"] } },
      async (url, owner, publication) => {
        await owner.rows(`CREATE ROLE ${role} LOGIN REPLICATION PASSWORD 'p'; GRANT USAGE ON SCHEMA public TO ${role};
          GRANT SELECT ON books TO ${role}`);
        onTestFinished(async () => {
          await owner.rows(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
        });
        // The owner's part.
        await owner.rows(
          `CREATE PUBLICATION ${publication} FOR TABLE ONLY books (id, title) WITH (publish_via_partition_root = true)`,
        );
        const address = new URL(url);
        [address.username, address.password] = [role, "p"];
        return address.href;
      },
    );
    await is([{ id: 1 }, { id: 1, title: "a" }]);
    await client.rows(`UPDATE books SET title = 'c', secret = 'hush 3'; INSERT INTO books VALUES ('hush', 2, 'b')`);
    await is([{ id: 1 }, { id: 1, title: "c" }], [{ id: 2 }, { id: 2, title: "b" }]);
  });
});

it("rows that come to match a filter are created, and those that don't any more are deleted", async () => {
  const { client, service, is } = await open(
    `CREATE TABLE books (id int PRIMARY KEY, n int); ALTER TABLE books REPLICA IDENTITY FULL;
     INSERT INTO books VALUES (1, 5), (2, 50), (3, 60)`,
    { where: "n > 10" },
  );
  await is([{ id: 2 }, { id: 2, n: 50 }], [{ id: 3 }, { id: 3, n: 60 }]);
  await client.rows(
    "UPDATE books SET n = 20 WHERE id = 1; UPDATE books SET n = 1 WHERE id = 2; UPDATE books SET n = 70 WHERE id = 3",
  );
  await client.rows("INSERT INTO books VALUES (4, 2); DELETE FROM books WHERE id = 4");
  await is([{ id: 1 }, { id: 1, n: 20 }], [{ id: 3 }, { id: 3, n: 70 }]);
  const metrics = await service.registry.metrics();
  for (const op of ["c", "u", "d"])
    expect(metrics).toContain(`freshet_cdc_events_total{table="public.books",op="${op}"} 1`);
});

describe("rows of a table without a primary key", () => {
  it.each<[string, string, Omit<SourceTable, "schema" | "name">]>([
    ["by the index of its replica identity", "REPLICA IDENTITY USING INDEX books_code", {}],
    ["by the configured columns", "REPLICA IDENTITY FULL", { key: ["code"] }],
  ])("are named %s", async (_what, identity, options) => {
    const { client, is } = await open(
      `CREATE TABLE books (title text, code text NOT NULL); CREATE UNIQUE INDEX books_code ON books (code);
       ALTER TABLE books ${identity}; INSERT INTO books VALUES ('a', 'x'), ('b', 'y'), ('c', 'z')`,
      options,
    );
    await is(
      [{ code: "x" }, { title: "a", code: "x" }],
      [{ code: "y" }, { title: "b", code: "y" }],
      [{ code: "z" }, { title: "c", code: "z" }],
    );
    await client.rows(
      "UPDATE books SET title = 'd' WHERE code = 'x'; UPDATE books SET code = 'w' WHERE code = 'y'; DELETE FROM books WHERE code = 'z'",
    );
    await is([{ code: "x" }, { title: "d", code: "x" }], [{ code: "w" }, { title: "b", code: "w" }]);
  });
});
