import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { openPgvectorStore } from "@freshet/vector-stores/pgvector/store";
import { startPgvectorServer } from "@freshet/vector-stores/testing/pgvector-server";
import type { Point, SearchableStore } from "@freshet/vector-stores/vector-store";
import { expect, it, onTestFinished, vi } from "vitest";
import { deletion, truncation, upsert } from "./testing/documents.js";
import { prepareScene } from "./testing/scene.js";

/** The way to a server, which can be cut. */
async function startWay(to: string) {
  const url = new URL(to);
  const target = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((client) => {
    const socket = connect(target);
    for (const end of [client, socket]) {
      sockets.add(end);
      end.on("error", () => undefined);
      end.on("close", () => {
        client.destroy();
        socket.destroy();
      });
    }
    if (!isOpen) client.destroy();
    client.pipe(socket).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return { url: url.href, cut, mend: () => (isOpen = true) };
}

/** All that a store holds of an index, without when it was stored and with its vectors' directions only. */
async function contentOf(store: SearchableStore, index: string) {
  const collection = await store.resolveAlias(index);
  if (collection === null) return [];
  const { points } = await store.scroll(collection, 1000, null);
  const found = await store.retrieve(
    collection,
    points.map(({ id }) => id),
  );
  return [...found.values()].map(comparable).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function comparable({ vector, metadata, ...point }: Point) {
  const length = Math.hypot(...vector);
  const direction = [...vector].map((part) => (part / length).toFixed(4));
  return { ...point, direction, metadata: { ...metadata, indexedAt: 0 } };
}

it("fills two stores from one topic to the same, and neither waits while the other is away", async () => {
  const server = await startPgvectorServer();
  onTestFinished(() => server.stop());
  const way = await startWay(server.url);
  const scene = await prepareScene({
    stores: { main: { kind: "zvec" }, second: { kind: "pgvector", schema: server.schema } },
    environment: { FRESHET_PGVECTOR_URL: way.url },
  });
  await scene.createTopic();
  await scene.produce([upsert(1, 10, ["one"]), upsert(2, 11, ["two", "more"]), upsert(3, 12, ["truncated"])]);
  const sink = await scene.start();
  await Promise.all([scene.caughtUp("main"), scene.caughtUp("second")]);

  way.cut();
  await scene.produce([
    ...truncation(13),
    upsert(1, 14, ["another"]),
    upsert(4, 15, ["four", "chunks", "of", "text"]),
    ...deletion(2, 16),
    upsert(4, 17, ["four"]),
  ]);
  await scene.caughtUp("main");
  expect(await scene.lag("second")).toBeGreaterThan(0);
  await vi.waitFor(() => expect(sink.sink.readiness().reason).toContain("Postgres"), 30_000);

  way.mend();
  await scene.caughtUp("second");
  const second = openPgvectorStore({ url: server.url, schema: server.schema });
  onTestFinished(() => second.close());
  const content = await contentOf(sink.store, scene.index);
  expect(content.map(({ text }) => text).sort()).toEqual(["another", "four"]);
  expect(await contentOf(second, scene.index)).toEqual(content);
});
