import { describe, expect, it } from "vitest";
import { openClient } from "../testing/open-database.js";
import { metric, openPolledSource, untilCaptured, untilRounds } from "../testing/polled-source.js";

/** Triggers write down which row it was; the sequence's numbers become visible out of order. */
const TABLES = `CREATE TABLE TABLE_NAME (id varchar(20), part int, n int, PRIMARY KEY (id, part));
  CREATE TABLE TABLE_NAME_changes (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text, part bigint);
  CREATE FUNCTION TABLE_NAME_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP <> 'INSERT' THEN INSERT INTO public.TABLE_NAME_changes (id, part) VALUES (OLD.id, OLD.part); END IF;
    IF TG_OP <> 'DELETE' THEN INSERT INTO public.TABLE_NAME_changes (id, part) VALUES (NEW.id, NEW.part); END IF;
    RETURN NULL; END $$;
  CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON TABLE_NAME FOR EACH ROW EXECUTE FUNCTION TABLE_NAME_note();
  INSERT INTO TABLE_NAME SELECT 'row "' || i, 1, i FROM generate_series(1, 500) i;`;
const poll = (table: string) => ({ changes: { schema: "public", name: `${table}_changes` }, sequence: "number" });
const columns = "id, part, n";

describe("a table with a change table", () => {
  it("is captured with its deletes and key changes, each row once for all its changes of a page", async () => {
    const source = await openPolledSource(TABLES, poll);
    const { client, table, label } = source;
    const { registry } = source.start({ overlapSeconds: 1 });
    await untilCaptured(source, columns, "true", "id, part");
    await untilRounds(registry, label, 15);
    const before = await metric(registry, "freshet_cdc_events_total", { table: label, op: "u" });
    await client.rows(
      Array.from({ length: 20 }, () => `UPDATE ${table} SET n = n + 1 WHERE n % 100 < 50 AND part = 1;`).join(""),
    );
    await client.rows(`DELETE FROM ${table} WHERE n % 7 = 0; UPDATE ${table} SET part = 2 WHERE n % 7 = 1`);
    await untilCaptured(source, columns, "true", "id, part");
    await untilRounds(registry, label, 15);
    const sent = (await metric(registry, "freshet_cdc_events_total", { table: label, op: "u" })) - before;
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(3000);
  });

  it("doesn't miss a change whose number becomes visible after higher ones", async () => {
    const source = await openPolledSource(TABLES, poll);
    const { client, table, label, url } = source;
    const { registry } = source.start({ overlapSeconds: 5 });
    await untilCaptured(source, columns, "true", "id, part");
    const late = await openClient(url);
    await late.rows("BEGIN");
    await late.rows(`DELETE FROM ${table} WHERE n = 1; UPDATE ${table} SET n = 1000000 WHERE n = 2`);
    for (let round = 0; round < 3; round++) {
      await client.rows(`UPDATE ${table} SET n = n + 1000 WHERE n % 1000 = 3`);
      await untilRounds(registry, label);
    }
    await untilCaptured(source, columns, "true", "id, part");
    await late.rows("COMMIT");
    await untilCaptured(source, columns, "true", "id, part");
  });
});
