import { createDatabase } from "@freshet/local-stack/testing";
import { expect, it, onTestFinished } from "vitest";
import { isSameIdentity } from "./identity-text.js";
import { Session } from "./session.js";
import { readTableIdentities } from "./table-identity.js";

const TABLES = `CREATE TABLE plain (id int PRIMARY KEY, n int, secret text);
CREATE TABLE parted (id int PRIMARY KEY, at timestamptz DEFAULT now(), n int) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE high PARTITION OF parted FOR VALUES FROM (10) TO (20);
INSERT INTO plain VALUES (1, 1, 'x'); INSERT INTO parted (id) VALUES (1), (11);
CREATE PUBLICATION p FOR TABLE plain, parted WITH (publish_via_partition_root = true)`;

/** Whether the identities of `plain` and `parted` are the same after the SQL. */
async function after(sql: string): Promise<(boolean | undefined)[]> {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "test" });
  onTestFinished(() => session.close());
  await session.rows("SET search_path = public");
  await session.rows(TABLES);
  const tables = [
    { schema: "public", name: "plain", columns: { exclude: ["secret"] } },
    { schema: "public", name: "parted" },
  ];
  const read = () => readTableIdentities(session, { publication: "p", format: "debezium", tables });
  const before = await read();
  await session.rows(sql);
  const now = await read();
  return ["public.plain", "public.parted"].map((label) => isSameIdentity(before.get(label), now.get(label)));
}

it.each<[string, string]>([
  ["a rewrite", "ALTER TABLE plain ALTER n TYPE bigint USING n + 100"],
  ["a rewrite to the same type", "ALTER TABLE plain ALTER n TYPE int USING n + 100"],
  ["a column that was dropped and made anew", "ALTER TABLE plain DROP n; ALTER TABLE plain ADD n int DEFAULT 5"],
])("%s needs a new run, of that table only", async (_what, sql) => {
  expect(await after(sql)).toEqual([false, true]);
});

it.each<[string, string]>([
  ["truncated", "TRUNCATE low"],
  ["dropped", "DROP TABLE low"],
  ["detached", "ALTER TABLE parted DETACH PARTITION low"],
  [
    "filled while it was detached",
    `ALTER TABLE parted DETACH PARTITION low; INSERT INTO low (id) VALUES (2);
     ALTER TABLE parted ATTACH PARTITION low FOR VALUES FROM (0) TO (10)`,
  ],
  [
    "attached with rows of the same transaction",
    `BEGIN; CREATE TABLE more (LIKE parted INCLUDING ALL); INSERT INTO more (id) VALUES (20);
     ALTER TABLE parted ATTACH PARTITION more FOR VALUES FROM (20) TO (30); COMMIT`,
  ],
])("a partition that is %s needs a new run", async (_what, sql) => {
  expect(await after(sql)).toEqual([true, false]);
});

it.each<[string, string]>([
  ["an added column", "ALTER TABLE plain ADD later int DEFAULT 5; ALTER TABLE parted ADD later int"],
  ["another column's rewrite", "ALTER TABLE plain ALTER secret TYPE bytea USING secret::bytea"],
  [
    "a new partition",
    "CREATE TABLE more PARTITION OF parted FOR VALUES FROM (20) TO (30); INSERT INTO more (id) VALUES (21)",
  ],
  [
    "another publication's table",
    "CREATE TABLE other (id int PRIMARY KEY); ALTER PUBLICATION p ADD TABLE other; TRUNCATE plain; ANALYZE",
  ],
])("%s needs none", async (_what, sql) => {
  expect(await after(sql)).toEqual([true, true]);
});

it("is never the same as none, or as what another version wrote", () => {
  expect(isSameIdentity(undefined, undefined)).toBe(false);
  expect(isSameIdentity("", '["a","",""]')).toBe(false);
  expect(isSameIdentity("{}", '["a","",""]')).toBe(false);
});
