import { modelFolder } from "@freshet/local-stack/testing";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { openModel } from "./open-model.js";
import { openWhenReachable } from "./open-when-reachable.js";
import { TeiServer } from "./testing/tei-server/tei-server.js";

const NAME = "BAAI/bge-small-en-v1.5";
const TEI = {
  provider: "tei",
  name: NAME,
  ...{ apiKeyVariable: "TEI_KEY", window: 8, timeoutSeconds: 10, queryPrefix: "", documentPrefix: "" },
} as const;
const PLACE = { modelCache: "" };

it("waits for a model's server that is away, and no longer than until it is stopped", async () => {
  const place = { ...PLACE, modelDirectory: await modelFolder("q8") };
  const local = await openModel({ provider: "local", name: NAME, dtype: "q8" }, place);
  onTestFinished(() => local.close());
  const first = await TeiServer.start({ model: local });
  const { url, port } = first;
  first.kill();
  const stopped = new AbortController();
  const stop = () => stopped.abort(new Error("stopped"));
  const waiting = openWhenReachable({ ...TEI, url }, PLACE, { signal: stopped.signal, onWaiting: stop });
  await expect(waiting).rejects.toThrow("stopped");
  const hung = await hungServer();
  const during = AbortSignal.timeout(200);
  const opening = openWhenReachable({ ...TEI, url: hung }, PLACE, { signal: during, onWaiting: () => {} });
  const startedAt = Date.now();
  await expect(opening).rejects.toThrow(/timeout/);
  expect(Date.now() - startedAt).toBeLessThan(TEI.timeoutSeconds * 500);

  const reasons: string[] = [];
  const onWaiting = (reason: string) => {
    reasons.push(reason);
    if (reasons.length > 1) return;
    void TeiServer.start({ model: local, port }).then((server) => onTestFinished(() => server.kill()));
  };
  const { signal } = new AbortController();
  const model = await openWhenReachable({ ...TEI, url }, PLACE, { signal, onWaiting });
  onTestFinished(() => model.close());
  expect(reasons[0]).toContain(`127.0.0.1:${port}`);
  expect(await model.embed(["fresh"], "document")).toHaveLength(1);
});

/** Takes connections, and never says a word. */
async function hungServer(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
