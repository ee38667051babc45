import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import { requestBackup } from "@freshet/vector-stores/remote/backup";
import { restoreZvecStore } from "@freshet/vector-stores/zvec/restore";
import { expect, it, onTestFinished, vi } from "vitest";
import { deletion, upsert } from "./testing/documents.js";
import { prepareScene, rowsOf } from "./testing/scene.js";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";

it("backs a store up for who has the key, and brings it to what the topic says when an older backup is restored", async () => {
  const backups = await mkdtemp(join(tmpdir(), "freshet-backups-"));
  onTestFinished(() => rm(backups, { recursive: true, force: true }));
  const apiKey = "lantern";
  const environment = { FRESHET_ZVEC_API_KEY: apiKey, FRESHET_ZVEC_BACKUP_DIR: backups };
  const { index, folder, start, produce, createTopic, caughtUp } = await prepareScene({ environment });
  await createTopic();
  const first = await start();
  await produce([upsert(1, 10, ["first"]), upsert(2, 11, ["second"]), upsert(3, 12, ["third"])]);
  await caughtUp();

  const stranger = { url: first.url, store: "main", apiKey: "lanterns" };
  const sentence = "asks for another key at";
  await expect(openRemoteStore(stranger).list()).rejects.toThrow(sentence);
  await expect(openRemoteStore({ url: first.url, store: "main" }).list()).rejects.toThrow(sentence);
  await expect(requestBackup(stranger)).rejects.toThrow(sentence);
  expect(await readdir(backups)).toEqual([]);
  const owner = { url: first.url, store: "main", apiKey };
  expect(await openRemoteStore(owner).check()).toMatch(/answers at .*, with 1 collections/);
  const { path, collections } = await requestBackup(owner);
  expect(path.startsWith(join(backups, "main"))).toBe(true);
  expect(collections).toMatchObject([{ points: 3 }]);
  const metrics = await first.registry.metrics();
  const labels = `{store="main",collection="${collections[0]?.name}"}`;
  expect(metrics).toContain(`freshet_zvec_documents${labels} 3`);
  expect(metrics).toContain(`freshet_zvec_indexed_ratio${labels} `);
  expect(metrics).toMatch(/freshet_zvec_disk_bytes\{.*\} [1-9]\d{4,}/);

  await produce([upsert(1, 20, ["changed"]), ...deletion(2, 21), upsert(4, 22, ["new"])]);
  await caughtUp();
  await first.close();
  const directory = join(folder, "main");
  await restoreZvecStore({ directory, backup: path });
  const second = await start();
  const store = openRemoteStore({ ...owner, url: second.url });
  await vi.waitFor(
    async () => {
      const expected = { '{"id":1}': ["changed"], '{"id":3}': ["third"], '{"id":4}': ["new"] };
      expect(await rowsOf({ ...second, store }, index)).toEqual(expected);
    },
    { timeout: 60_000 },
  );
  await caughtUp();
  // It happens once.
  expect(await readdir(directory)).not.toContain("backup.json");
});

it("says what is missing for a backup, and asks for no key where none is set", async () => {
  const { start } = await prepareScene();
  const { url } = await start();
  const owner = { url, store: "main" };
  expect(await openRemoteStore(owner).list()).toEqual([]);
  await expect(requestBackup(owner)).rejects.toThrow("Set FRESHET_ZVEC_BACKUP_DIR for the vector-sink");
});
