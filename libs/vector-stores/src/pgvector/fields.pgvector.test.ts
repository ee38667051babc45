import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { DIMENSIONS, MODEL, newCollection, point, VECTORS, write } from "../contract/sample.js";
import type { PayloadFilter } from "../payload-filter.js";
import { openTestStore } from "../testing/pgvector-store.js";
import { quotedTable } from "./collection.js";
import { nearestStatement } from "./search-statement.js";
import { openPgvectorStore } from "./store.js";
import { vectorIndex } from "./vector-index.js";

const LONG = `it's a "long" name ${"📚".repeat(20)}`;
const FEATURES = {
  fields: { tenant: "keyword", lent: "boolean", year: "integer", price: "float", [LONG]: "keyword" },
  tenant: "tenant",
  hybrid: true,
} as const;
const ROWS = Array.from({ length: 4_000 }, (_, id) =>
  point({
    key: { id },
    text: `word${id % 40} and word${id % 7}`,
    payload: {
      tenant: `t${id % 400}`,
      lent: id % 800 === 0,
      year: id % 3 === 0 ? [id, -1] : id,
      price: id / 8,
      [LONG]: id % 500 === 0 ? ["x".repeat(4_000), "y"] : "z",
    },
  }),
);

const { server, store } = await openTestStore();

/** The names of the indexes by which Postgres searches. */
async function indexesUsed(name: string, filter: PayloadFilter): Promise<string[]> {
  const spec = { name, ...VECTORS, features: FEATURES };
  const index = vectorIndex(spec, { quantization: "none" });
  const request = { vector: new Float32Array(DIMENSIONS).fill(1), k: 5, filter };
  const { text, values } = nearestStatement({ spec, table: quotedTable(server.schema, name), index, request });
  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query<Record<string, string>>({ text: `EXPLAIN ${text}`, values });
  await client.end();
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  const names = [...plan.matchAll(/Index Scan (?:using|on) "([^"]+)"/g)].map(([, used]) => used ?? "");
  const definitions = await server.rows(
    "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = $1",
    [name],
  );
  return definitions
    .filter((found) => names.includes(String(found["name"])))
    .map((found) => String(found["definition"]));
}

const CASES: readonly [what: string, filter: PayloadFilter, column: string, found: number][] = [
  ["a tenant", { field: "tenant", equals: "t7" }, "payload.tenant", 10],
  ["some of a keyword", { field: "tenant", in: ["t7", "t8"] }, "payload.tenant", 20],
  ["a truth", { field: "lent", equals: true }, "payload.lent", 5],
  ["a number, also within a list", { field: "year", in: [3, 4, 5] }, "payload.year", 3],
  ["a range of numbers, also within a list", { field: "price", range: { gte: 1, lt: 2 } }, "payload.price", 8],
  ["a long value in a list", { field: LONG, equals: "x".repeat(4_000) }, "payload.", 8],
];

it("gives each field an index that filters use", async () => {
  const name = await newCollection(store, { features: FEATURES });
  onTestFinished(() => store.drop(name));
  await write(store, name, { upserts: ROWS });
  await store.finishLoad(name);
  for (const [what, filter, column, found] of CASES) {
    const hits = await store.search(name, { vector: new Float32Array(DIMENSIONS).fill(1), k: 50, filter });
    expect(hits.length, what).toBe(found);
    expect((await indexesUsed(name, filter)).join(), what).toContain(column);
  }
});

it("adds fields to a collection that has points, and builds its indexes again", async () => {
  const name = await newCollection(store, { features: { ...FEATURES, fields: { lent: "boolean" }, tenant: null } });
  onTestFinished(() => store.drop(name));
  await write(store, name, { upserts: ROWS });
  await store.finishLoad(name);
  // Two sinks at once.
  const other = openPgvectorStore(server);
  onTestFinished(() => other.close());
  const wanted = { name, ...VECTORS, model: MODEL, features: FEATURES };
  await Promise.all([store.ensureCollection(wanted), other.ensureCollection(wanted)]);
  expect(await store.describe(name)).toEqual(wanted);
  const filter = { field: "tenant", equals: "t7" } as const;
  const search = () => other.search(name, { vector: new Float32Array(DIMENSIONS).fill(1), k: 50, filter });
  expect(await search()).toHaveLength(10);
  await store.finishLoad(name);
  expect(await search()).toHaveLength(10);
  expect((await indexesUsed(name, filter)).join()).toContain("payload.tenant");
  // Fewer fields than there are: they stay.
  await store.ensureCollection({ ...wanted, features: { ...FEATURES, fields: {}, tenant: null } });
  expect(await store.describe(name)).toEqual({ ...wanted, features: { ...FEATURES, tenant: null } });
});

it("adds what two sinks ask for at once", async () => {
  const name = await newCollection(store);
  const other = openPgvectorStore(server);
  onTestFinished(async () => {
    await other.close();
    await store.drop(name);
  });
  const withField = (field: string) => {
    return { name, ...VECTORS, features: { fields: { [field]: "keyword" }, tenant: null, hybrid: false } } as const;
  };
  await Promise.all([store.ensureCollection(withField("lang")), other.ensureCollection(withField("shelf"))]);
  expect((await store.describe(name))?.features.fields).toEqual({ lang: "keyword", shelf: "keyword" });
});

it("makes a collection anew whose table somebody dropped, and keeps its alias", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  await store.swapAlias(`${name} alias`, name);
  await write(store, name, { upserts: ROWS.slice(0, 10) });
  await server.rows(`DROP TABLE ${quotedTable(server.schema, name)}`);
  await expect(write(store, name, { upserts: ROWS.slice(0, 1) })).rejects.toThrow(
    /no such table .*somebody dropped it/,
  );
  expect(await store.describe(name)).toBeNull();
  await store.ensureCollection({ name, ...VECTORS });
  await write(store, name, { upserts: ROWS.slice(0, 1) });
  expect(await store.count(name)).toBe(1);
  expect(await store.resolveAlias(`${name} alias`)).toBe(name);
});
