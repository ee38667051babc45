import { expect, it, onTestFinished } from "vitest";
import { newCollection, point, TABLE, write } from "../contract/sample.js";
import { openTestStore } from "../testing/pgvector-store.js";
import { quotedTable } from "./collection.js";
import { COLUMNS } from "./point.js";

const { server, store } = await openTestStore();

it("deletes what is older in several statements, so that none takes too long", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  await write(store, name, { upserts: [point({ lsn: 100n }), point({ key: { id: 2 }, lsn: 300n })] });
  const table = quotedTable(server.schema, name);
  const columns = ["embedding", ...COLUMNS.map((column) => column.name).filter((column) => column !== "id")].join(", ");
  await server.rows(`INSERT INTO ${table} (id, ${columns})
    SELECT gen_random_uuid(), ${columns} FROM ${table}, generate_series(1, 12500)`);
  const position = { epoch: 1, commitLsn: 200n, seq: 0 };
  let statements = 0;
  await store.deleteOlder(name, { table: TABLE, partition: 0, position }, () => {
    statements += 1;
  });
  expect(statements).toBe(3);
  expect(await store.count(name)).toBe(12_501);
});
