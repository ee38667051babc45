import { expect, it } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import { SENDER_TIMEOUT_MS, SourceScene } from "./source-scene.js";
import { startTcpProxy } from "./tcp-proxy.js";
import { walSender } from "./wal-sender.js";

/** @throws when it still holds itself for ready after twice the time-out. */
async function notices(producer: ServiceProcess): Promise<void> {
  const isReady = async () => (await fetch(`${producer.url}/health/ready`)).ok;
  await until(async () => !(await isReady()), { what: "it notices the silence", timeoutMs: 2 * SENDER_TIMEOUT_MS });
}

it("notices a WAL sender that is stopped, and goes on once that has ended", async () => {
  const scene = await SourceScene.open();
  const { client, table } = scene;
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.passedThrough();
  const { pid } = await walSender(scene);
  process.kill(pid, "SIGSTOP");
  await client.query(`INSERT INTO ${table.quoted} VALUES (1, 'text')`);

  await notices(producer);
  process.kill(pid, "SIGCONT");
  await producer.ready();
  await scene.expectTopicsEqualTables();
  expect((await walSender(scene)).pid).not.toBe(pid);
});

it("notices a connection of which the other half is gone, and opens another", async () => {
  const scene = await SourceScene.open();
  const { client, table } = scene;
  const proxy = await startTcpProxy(scene.postgres.url);
  const producer = await scene.startProducer(proxy.url);
  await producer.ready();
  await scene.passedThrough();
  const { pid } = await walSender(scene);
  proxy.goSilent();
  await client.query(`INSERT INTO ${table.quoted} VALUES (1, 'text')`);

  await notices(producer);
  // The server keeps the lease of the lost connection for half a minute.
  await scene.expectTopicsEqualTables();
  expect((await walSender(scene)).pid).not.toBe(pid);
  await producer.ready();
});
