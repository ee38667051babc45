import { createDatabase, randomName } from "@freshet/local-stack/testing";
import type { SourceTable } from "@freshet/process/source-configuration";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkTables } from "./checked-tables.js";
import { SourceError } from "./errors.js";
import { preparePublication } from "./publication-catalogue.js";
import type { PublicationPlan } from "./publication-plan.js";
import { Session } from "./session.js";
import { readTableIdentities } from "./table-identity.js";

const BOOKS = `CREATE TABLE books (id int PRIMARY KEY, title text, secret text); INSERT INTO books VALUES (1, 'a', 'x');
CREATE TABLE full_books (id int NOT NULL, title text); ALTER TABLE full_books REPLICA IDENTITY FULL; INSERT INTO full_books VALUES (1, 'a');
CREATE TABLE parted (id int PRIMARY KEY, title text) PARTITION BY HASH (id);
CREATE TABLE part PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0); ALTER TABLE part REPLICA IDENTITY FULL; INSERT INTO parted VALUES (1, 'a')`;

/** As the producer's start does. */
async function publish(
  session: Session,
  wanted: { readonly publication: string; readonly otherSlots?: readonly string[]; readonly tables: SourceTable[] },
  onChange: (plan: PublicationPlan) => void = () => undefined,
): Promise<PublicationPlan> {
  return preparePublication(session, { ...wanted, tables: await checkTables(session, wanted.tables) }, onChange);
}

async function open(sql = BOOKS) {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "test" });
  onTestFinished(() => session.close());
  await session.rows(`SET search_path = public; ${sql}; SET search_path = ''`);
  const publication = randomName("p");
  const prepare = async (...tables: SourceTable[]) => {
    const changes: string[] = [];
    await publish(session, { publication, tables }, ({ statements }) => changes.push(...statements));
    return changes;
  };
  return { url, session, publication, prepare };
}

const books = (options: Partial<SourceTable> = {}, name = "books"): SourceTable => ({
  ...{ schema: "public", name },
  ...options,
});

describe("what would make writes to the source fail", () => {
  it.each<[string, SourceTable, SourceTable["name"]]>([
    ["a filter outside of the identity", books({ where: "title <> 'b'" }), "books"],
    ["a list without the identity", books({ columns: { include: ["title"] } }), "books"],
    [
      "a list of a table that is known by its whole row",
      books({ key: ["id"], columns: { include: ["id"] } }, "full_books"),
      "full_books",
    ],
    ["a table without a key", books({}, "full_books"), "full_books"],
    ["a list of a table with such a partition", books({ columns: { include: ["id"] } }, "parted"), "parted"],
  ])("%s: isn't published", async (_what, table, name) => {
    const { session, prepare } = await open();
    await expect(prepare(table)).rejects.toThrow(SourceError);
    expect(await session.rows("SELECT FROM pg_publication")).toEqual([]);
    await session.rows(`UPDATE public.${name} SET title = 'c'`);
  });

  it.each<[string, SourceTable]>([
    ["a filter on the identity", books({ where: "id < 5" })],
    ["a list that has the identity", books({ columns: { include: ["title", "id"] } })],
    ["a filter on a whole row", books({ key: ["id"], where: "title <> 'b'" }, "full_books")],
    ["a partitioned table known by its whole rows", books({ where: "title IS NOT NULL" }, "parted")],
  ])("%s: writes go on", async (_what, table) => {
    const { session, prepare } = await open();
    expect(await prepare(table)).toHaveLength(1);
    await session.rows(`UPDATE public.${table.name} SET title = 'c'; DELETE FROM public.${table.name}`);
  });
});

describe("a publication that another subscriber reads too", () => {
  it("isn't changed back and forth between two configurations of the same table", async () => {
    const { session, publication, prepare } = await open();
    const slot = randomName("slot");
    await prepare(books({ where: "id > 5" }));
    await session.rows("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
    const read = (otherSlots: string[]) => publish(session, { publication, otherSlots, tables: [books()] });
    await expect(read([slot])).rejects.toThrow(/slot ".*" reads it too/);
    // One that is gone reads nothing any more.
    await session.rows("SELECT pg_drop_replication_slot($1)", [slot]);
    await read([slot]);
  });

  const OTHERS = "CREATE PUBLICATION p FOR TABLE full_books WITH (publish_via_partition_root = true)";
  const openShared = async (sql: string) => {
    const { session } = await open(`${BOOKS}; ${sql}`);
    const prepare = (...tables: SourceTable[]) => publish(session, { publication: "p", tables });
    const named = async () => (await session.rows("SELECT tablename FROM pg_publication_tables ORDER BY 1")).flat();
    return { session, prepare, named };
  };

  it("keeps its tables, and two configurations that share it leave each other's alone", async () => {
    const { session, prepare, named } = await openShared(OTHERS);
    const read = (table: SourceTable) =>
      readTableIdentities(session, { publication: "p", format: "debezium", tables: [table] });
    const [one, other] = [books(), books({}, "part")];
    expect(await prepare(one)).toMatchObject({ others: ["public.full_books"] });
    const before = await read(one);
    await prepare(other);
    expect(await named()).toEqual(["books", "full_books", "part"]);
    expect(await prepare(one)).toMatchObject({ statements: [] });
    expect(await read(one)).toEqual(before);
  });

  it("isn't changed where that would change what others get", async () => {
    const { session, prepare, named } = await openShared(OTHERS.replace(/ WITH .*/, ""));
    await expect(prepare(books())).rejects.toThrow(/it publishes public\.full_books too, maybe .* its owner, role "/);
    expect(await named()).toEqual(["full_books"]);
    expect(await session.rows("SELECT pubviaroot FROM pg_publication")).toEqual([["f"]]);
  });
});

it.each<[string, string, string]>([
  ["unlogged", "CREATE UNLOGGED TABLE odd PARTITION OF mixed DEFAULT", "table-unlogged"],
  [
    "foreign",
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE odd PARTITION OF mixed DEFAULT SERVER s",
    "table-kind",
  ],
])(
  "a table with a partition that is %s isn't captured, because its changes aren't in the WAL",
  async (_what, sql, code) => {
    const { prepare } = await open(`CREATE TABLE mixed (id int NOT NULL) PARTITION BY LIST (id);
    CREATE TABLE even PARTITION OF mixed FOR VALUES IN (2); ALTER TABLE even REPLICA IDENTITY FULL; ${sql}`);
    await expect(prepare(books({ key: ["id"] }, "mixed"))).rejects.toMatchObject({ code });
  },
);

describe("a filter", () => {
  it("may end in a comment", async () => {
    const { session, prepare } = await open();
    await prepare(books({ where: "id < 5 -- the first ones" }));
    expect(await session.rows("SELECT rowfilter FROM pg_publication_tables")).toEqual([["(id < 5)"]]);
  });

  it.each<[string, string, RegExp]>([
    [
      "with an unknown column",
      "nonsense > 5",
      /doesn't take the filter of public\.books.*column "nonsense" does not exist/,
    ],
    [
      "that is more than a condition",
      "true); DROP TABLE public.books; SELECT (true",
      /cannot insert multiple commands/,
    ],
    ["that isn't a condition", "id + 1", /must be type boolean/],
    [
      "that isn't the same each time",
      "id > random()",
      /doesn't take the filter of public\.books.*volatile function: random/,
    ],
  ])("%s is refused in Postgres' words", async (_what, where, message) => {
    const { session, prepare } = await open();
    await expect(prepare(books({ where }))).rejects.toThrow(message);
    expect(await session.rows("SELECT FROM pg_publication")).toEqual([]);
    await session.rows("UPDATE public.books SET title = 'c'");
  });

  it("is looked at without a lock that could wait, or be waited for", async () => {
    const { url, session, prepare } = await open();
    const other = await Session.open({ connectionString: url, applicationName: "other" });
    onTestFinished(() => other.close());
    await session.rows("SET lock_timeout = '50ms'");
    await other.rows("BEGIN; LOCK TABLE public.books IN ACCESS EXCLUSIVE MODE");
    await expect(prepare(books({ where: "title <> 'b'" }))).rejects.toThrow(/isn't all part of the replica identity/);
  });
});

describe("a table's place in the publication", () => {
  it("is another one when its filter or its columns change, and only then", async () => {
    const { session, publication, prepare } = await open();
    const identity = async (table: SourceTable) =>
      (await readTableIdentities(session, { publication, format: "debezium", tables: [table] })).get("public.books");
    const filtered = books({ where: "id>5 AND id IN (7,8)", columns: { include: ["title", "id"] } });
    expect(await prepare(filtered)).toHaveLength(1);
    const before = await identity(filtered);
    expect(await prepare(filtered)).toEqual([]);
    expect(await identity(filtered)).toBe(before);

    const member = async () => await session.row("SELECT oid FROM pg_publication_rel");
    const first = await member();
    const wider = { ...filtered, where: "id > 4" };
    expect(await prepare(wider)).toEqual([
      `ALTER PUBLICATION "${publication}" DROP TABLE ONLY "public"."books"`,
      `ALTER PUBLICATION "${publication}" ADD TABLE ONLY "public"."books" ("title", "id") WHERE ((id > 4))`,
    ]);
    expect(await member()).not.toEqual(first);
    expect(await identity(wider)).not.toBe(before);
  });

  it.each<[string, string]>([
    [
      "its table is made anew",
      "DROP TABLE public.books; CREATE TABLE public.books (id int PRIMARY KEY); ALTER PUBLICATION p ADD TABLE public.books",
    ],
    ["its key is renamed", "ALTER TABLE public.books RENAME id TO number"],
    [
      "it was out of the publication",
      "ALTER PUBLICATION p DROP TABLE public.books; ALTER PUBLICATION p ADD TABLE public.books",
    ],
    [
      "some operation wasn't published",
      "ALTER PUBLICATION p SET (publish = 'insert'); ALTER PUBLICATION p SET (publish = 'insert, update, delete, truncate')",
    ],
    ["the publication is made anew", "DROP PUBLICATION p; CREATE PUBLICATION p FOR TABLE public.books"],
    ["the publication is gone", "DROP PUBLICATION p"],
  ])("isn't the same after %s", async (_what, sql) => {
    const { session } = await open();
    const source = { publication: "p", format: "debezium", tables: [books()] };
    await session.rows("CREATE PUBLICATION p FOR TABLE public.books");
    const before = await readTableIdentities(session, source);
    expect(before.size).toBe(1);
    await session.rows(`INSERT INTO public.books VALUES (2); ANALYZE public.books`);
    expect(await readTableIdentities(session, source)).toEqual(before);
    await session.rows(sql);
    expect(await readTableIdentities(session, source)).not.toEqual(before);
  });
});

it("needs the owner only for what isn't there, and prints it", async () => {
  const { url, session, publication, prepare } = await open();
  await prepare(books());
  const role = randomName("reader");
  await session.rows(`CREATE ROLE ${role} LOGIN PASSWORD 'p'; GRANT SELECT ON public.books TO ${role}`);
  onTestFinished(async () => {
    await session.rows(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
  const address = new URL(url);
  [address.username, address.password] = [role, "p"];
  const reader = await Session.open({ connectionString: address.href, applicationName: "test" });
  onTestFinished(() => reader.close());
  const read = (table: SourceTable) => publish(reader, { publication, tables: [table] });
  await read(books());
  await expect(read(books({ where: "id > 5" }))).rejects.toThrow(
    `which owns it (and has to own the tables), run BEGIN; ALTER PUBLICATION "${publication}" DROP TABLE ONLY "public"."books"; ` +
      `ALTER PUBLICATION "${publication}" ADD TABLE ONLY "public"."books" WHERE ((id > 5)); COMMIT; and start again.`,
  );
  await read(books());
});
