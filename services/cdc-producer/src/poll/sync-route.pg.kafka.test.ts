import { createHttpServer } from "@freshet/process/http-server";
import { expect, it, onTestFinished, vi } from "vitest";
import { Registry } from "prom-client";
import { metric, openPolledSource, PATIENCE, untilCaptured } from "../testing/polled-source.js";
import { addSyncRoute } from "./sync-route.js";
import type { SyncRequests } from "./sync-requests.js";

const KEY = "a key with spaces";
const PROBLEM = "application/problem+json; charset=utf-8";

/** The route on a real port. */
async function serve(requests: SyncRequests | null): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const http = createHttpServer(new Registry(), () => ({ ready: true }));
  await addSyncRoute(http, { apiKey: KEY, requests });
  const address = await http.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => http.close());
  return (path, init = { headers: { "x-api-key": KEY } }) => fetch(`${address}${path}`, { method: "POST", ...init });
}

it("reads what has changed when it is told to, and says what it read", async () => {
  const source = await openPolledSource(
    "CREATE TABLE TABLE_NAME (id int PRIMARY KEY, n int, updated_at timestamptz DEFAULT now()); INSERT INTO TABLE_NAME VALUES (1, 1)",
  );
  const { client, table, label } = source;
  const running = source.start({ intervalSeconds: 3600 });
  const post = await serve(running.requests);
  await vi.waitFor(() => expect(running.requests.tables).toEqual([label]), PATIENCE);
  await untilCaptured(source, "id, n");
  // The row was set within the overlap, so it comes once more.
  await running.requests.request([label]);

  await client.rows(`INSERT INTO ${table} VALUES (2, 2), (3, 3)`);
  const authorization = `Bearer ${KEY}`;
  const waited = await post("/sync?wait=true", { headers: { authorization, "content-type": "application/json" } });
  expect(waited.status).toBe(200);
  const statistics = (await waited.json()) as { rows: number; events: number; tookMs: number };
  expect(statistics).toMatchObject({ events: 2 });
  expect(statistics.tookMs).toBeGreaterThanOrEqual(0);
  await untilCaptured(source, "id, n");

  await client.rows(`UPDATE ${table} SET n = 20, updated_at = now() WHERE id = 2`);
  const rounds = () => metric(running.registry, "freshet_cdc_poll_rounds_total", { table: label });
  const before = await rounds();
  const accepted = await Promise.all(
    Array.from({ length: 50 }, () =>
      post(`/sync?table=${label}`, { headers: { "x-api-key": KEY, "content-type": "text/x-any" }, body: "anything" }),
    ),
  );
  expect(new Set(accepted.map(({ status }) => status))).toEqual(new Set([202]));
  expect(await accepted[0]?.json()).toEqual({ accepted: [label] });
  await untilCaptured(source, "id, n");
  expect((await post("/sync?wait=true")).status).toBe(200);
  expect((await rounds()) - before).toBeLessThan(30);

  for (const wait of ["", "1", "TRUE", "true&wait=true"]) {
    const refused = await post(`/sync?wait=${wait}`);
    expect([refused.status, refused.headers.get("content-type")]).toEqual([400, PROBLEM]);
  }
  const unknown = await post("/sync?table=public.none");
  expect(unknown.status).toBe(404);
  await running.stop();
  const stopped = await post("/sync?wait=true");
  expect([stopped.status, stopped.headers.get("content-type")]).toEqual([503, PROBLEM]);
  expect(await stopped.json()).toMatchObject({
    title: "Service Unavailable",
    detail: expect.stringContaining("stopping") as string,
  });
});

it("asks for the key first, and has nothing to do where the WAL is read", async () => {
  const post = await serve(null);
  for (const headers of [{}, { "x-api-key": "another" }, { authorization: "Bearer another" }, { authorization: KEY }]) {
    const refused = await post("/sync", { headers });
    expect([refused.status, refused.headers.get("content-type")]).toEqual([401, PROBLEM]);
    expect(await refused.json()).toMatchObject({ type: "about:blank", title: "Unauthorized", status: 401 });
  }
  const conflict = await post("/sync");
  expect(conflict.status).toBe(409);
  expect(await conflict.json()).toMatchObject({ detail: expect.stringContaining("by themselves") as string });
});
