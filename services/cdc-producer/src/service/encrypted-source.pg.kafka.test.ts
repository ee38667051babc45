import { startPostgres } from "@freshet/local-stack/postgres";
import { selfSignedCertificate } from "@freshet/local-stack/self-signed-certificate";
import { randomName } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { followRows } from "../testing/captured-rows.js";
import { startService } from "../testing/test-service.js";

it("captures from a server that is known by its certificate, and takes encrypted connections only", async () => {
  const { certificate, key } = await selfSignedCertificate();
  const folder = mkdtempSync(join(tmpdir(), "freshet-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const root = join(folder, "root.crt");
  writeFileSync(root, certificate);
  const server = await startPostgres({
    settings: { ssl: "on" },
    files: {
      ...{ "server.crt": certificate, "server.key": key },
      "pg_hba.conf": "hostssl all,replication all 127.0.0.1/32 scram-sha-256\n",
    },
  });
  onTestFinished(() => server.stop());
  const url = `${server.url}?sslmode=verify-full&sslrootcert=${root}`;
  const client = await Session.open({ connectionString: url, applicationName: "application" });
  onTestFinished(() => client.close());
  const topic = randomName("topic");
  await client.rows("CREATE TABLE public.books (id int PRIMARY KEY); INSERT INTO public.books VALUES (1)");
  const service = startService({ url, slot: randomName("slot"), tables: [{ schema: "public", name: "books", topic }] });
  onTestFinished(() => service.stop().catch(() => undefined));
  const rows = await followRows(topic);
  await vi.waitFor(() => expect(Object.keys(rows())).toHaveLength(1), { timeout: 60_000, interval: 200 });
  // More than the socket holds.
  await client.rows("INSERT INTO public.books SELECT generate_series(2, 50000)");
  await vi.waitFor(() => expect(Object.keys(rows())).toHaveLength(50_000), { timeout: 60_000, interval: 500 });
  const readers = await client.rows(
    "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE backend_type IN ('walsender', 'client backend')",
  );
  expect(new Set(readers.map(([ssl]) => ssl))).toEqual(new Set(["t"]));
});
