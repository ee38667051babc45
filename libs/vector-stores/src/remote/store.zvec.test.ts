import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { axis, newCollection, point, write } from "../contract/sample.js";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";
import { openZvecStore } from "../zvec/store.js";
import type { SearchableStore } from "../vector-store.js";
import { answerOperation } from "./answer.js";
import { OPERATIONS, operationPath } from "./protocol.js";
import { openRemoteStore } from "./store.js";

const NAME = "the/store ☃";

async function serve(store: SearchableStore): Promise<string> {
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const operation = OPERATIONS.find((known) => operationPath(NAME, known) === request.url);
      if (!operation) return response.writeHead(404).end();
      return answerOperation(store, operation, JSON.parse(body)).then(
        (answer) => response.end(answer),
        (error: unknown) => {
          const [status, message] = error instanceof InputRefusedError ? [422, error.message] : [400, String(error)];
          return response.writeHead(status).end(JSON.stringify({ error: message }));
        },
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("answers over HTTP what the store itself answers", async () => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const store = await openZvecStore({ directory: folder });
  onTestFinished(() => store.close());
  const origin = { index: "books", generation: 2, definition: { index: { text: "{{ title }}" } } };
  const name = await newCollection(store, { origin });
  await store.swapAlias("books", name);
  const payload = { big: 9_007_199_254_740_993n, "ключ\n": ['"', null, 1.5], __proto__x: {} };
  await write(store, name, { upserts: [1, 2, 3].map((id) => point({ key: { id }, payload, lsn: 2n ** 52n + 1n })) });

  const remote = openRemoteStore({ url: await serve(store), store: NAME });
  expect(await remote.resolveAlias("books")).toBe(name);
  expect(await remote.resolveAlias("films")).toBeNull();
  expect(await remote.describe(name)).toMatchObject({ origin });
  expect(await remote.describe(name)).toEqual(await store.describe(name));
  expect(await remote.describe("films")).toBeNull();
  expect(await remote.count(name)).toBe(3);
  const request = { vector: axis(1, 0.3), k: 2 };
  const hits = await store.search(name, request);
  expect(hits).toHaveLength(2);
  expect(await remote.search(name, request)).toEqual(hits);
  const page = await store.scroll(name, 2, null);
  expect(await remote.scroll(name, 2, null)).toEqual(page);
  expect(await remote.scroll(name, 2, page.next)).toEqual(await store.scroll(name, 2, page.next));
  expect(await remote.list()).toEqual([name]);
  const ids = [...page.points.map(({ id }) => id), point({ key: { id: "none" } }).id];
  const whole = await store.retrieve(name, ids);
  expect(whole.size).toBe(2);
  expect(await remote.retrieve(name, ids)).toEqual(whole);
  const undeclared = { ...request, filter: { field: "year", equals: 1965 } };
  const reason = await store.search(name, undeclared).catch((error: unknown) => error);
  await expect(remote.search(name, undeclared)).rejects.toThrow(new InputRefusedError((reason as Error).message));
  await expect(remote.search("films", request)).rejects.toThrow(/answered 400 to search: .*no collection films/);
});

it("counts an owner that doesn't answer as unavailable", async () => {
  const remote = openRemoteStore({ url: "http://127.0.0.1:9", store: "main" });
  await expect(remote.count("books")).rejects.toThrow(StoreUnavailableError);
});
