import { startPostgres } from "@freshet/local-stack/postgres";
import { randomName } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { expect, it, onTestFinished } from "vitest";
import { startService } from "../testing/test-service.js";

it.each([
  ["max_replication_slots", "no-slot-free", /raise max_replication_slots and restart it/],
  ["max_wal_senders", "no-sender-free", /raise max_wal_senders and restart it/],
])("ends with what to do when the server is set to %s = 0, as nothing changes by itself", async (name, code, cure) => {
  const server = await startPostgres({ settings: { [name]: "0" } });
  onTestFinished(() => server.stop());
  const client = await Session.open({ connectionString: server.url, applicationName: "application" });
  onTestFinished(() => client.close());
  const table = randomName("t");
  await client.rows(`CREATE TABLE public.${table} (id int PRIMARY KEY)`);
  const tables = [{ schema: "public", name: table }];
  const { service, ended } = startService({ url: server.url, slot: randomName("slot"), tables });
  await expect(ended).rejects.toMatchObject({ code, message: expect.stringMatching(cure) as unknown });
  expect(service.readiness().ready).toBe(false);
});
