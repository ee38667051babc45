import { openPgvectorStore } from "@freshet/vector-stores/pgvector/store";
import { startPgvectorServer } from "@freshet/vector-stores/testing/pgvector-server";
import { expect, it, onTestFinished, vi } from "vitest";
import { upsert } from "./testing/documents.js";
import { prepareScene } from "./testing/scene.js";

it("is filled again by sinks that share a lost index: each ends once, and none has to be stopped", async () => {
  const server = await startPgvectorServer();
  onTestFinished(() => server.stop());
  const store = openPgvectorStore({ url: server.url, schema: server.schema });
  onTestFinished(() => store.close());
  const scene = await prepareScene({
    stores: { main: { kind: "pgvector", schema: server.schema } },
    environment: { FRESHET_PGVECTOR_URL: server.url },
  });
  await scene.createTopic();
  await scene.produce([1, 2, 3, 4, 5, 6].map((id) => upsert(id, 10 + id, ["stored"])));
  const first = await scene.start();
  await scene.caughtUp();
  await first.close();

  let isOver = false;
  onTestFinished(() => void (isOver = true));
  const ends: string[] = [];
  /** As whoever supervises processes does. */
  const keepUp = async () => {
    while (!isOver) await (await scene.start()).ended.catch((error: unknown) => ends.push(String(error)));
  };
  const running = Promise.all([keepUp(), keepUp()]);
  running.catch(() => undefined);
  await vi.waitFor(async () => expect(await membersOf()).toBe(2), 30_000);

  await store.drop((await store.resolveAlias(scene.index)) ?? "");
  await scene.produce([upsert(1, 30, ["changed"])]);
  const content = async () => {
    const collection = await store.resolveAlias(scene.index);
    return collection === null || !(await store.describe(collection)) ? 0 : store.count(collection);
  };
  await vi.waitFor(async () => expect(await content()).toBe(6), 60_000);
  await vi.waitFor(async () => expect(await membersOf()).toBe(2), 60_000);
  expect(ends).toHaveLength(2);
  for (const end of ends) expect(end).toMatch(/isn't in store main any more/);
  isOver = true;

  function membersOf(): Promise<number> {
    return scene.withAdmin(async (admin) => (await admin.groupProgress(scene.group(), [])).members);
  }
});
