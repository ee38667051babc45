import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@freshet/local-stack/free-port";
import { expect, it, onTestFinished, vi } from "vitest";
import { newSlot, TestInstallation } from "../testing/freshet-command.js";

it("backs up the store of a running sink, and restores that of a stopped one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-stores-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const port = String(await freePort("127.0.0.1"));
  const installation = new TestInstallation({
    slot: newSlot(),
    tables: ["public.books"],
    environment: {
      FRESHET_ZVEC_DIR: join(folder, "zvec"),
      FRESHET_ZVEC_BACKUP_DIR: join(folder, "backups"),
      FRESHET_ZVEC_API_KEY: "lantern",
      FRESHET_ZVEC_URL: `http://127.0.0.1:${port}`,
      FRESHET_HTTP_PORT: port,
    },
  });
  const run = async (...words: string[]) => {
    const command = installation.freshet("store", ...words);
    return { code: await command.exit(), stdout: command.stdout, stderr: command.stderr };
  };
  expect(await run("backup", "main")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("start the vector-sink that owns it") as string,
  });
  expect(await run("backup", "archive")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("freshet.yaml has no store archive") as string,
  });

  const sink = installation.startSink();
  await vi.waitFor(() => expect(sink.stderr).toContain('"started"'), { timeout: 30_000 });
  const backedUp = await run("backup", "main", "--json");
  expect(backedUp, `${backedUp.stderr}\n${sink.stderr.slice(-1500)}`).toMatchObject({ code: 0 });
  const { path } = JSON.parse(backedUp.stdout) as { path: string };
  expect(await readdir(join(folder, "backups", "main"))).toHaveLength(1);
  const kept = await run("backup", "main", "--keep", "1", "--json");
  expect(JSON.parse(kept.stdout)).toMatchObject({ removed: [path] });
  expect(await readdir(join(folder, "backups", "main"))).toHaveLength(1);
  const newest = JSON.parse(kept.stdout) as { path: string; takenAt: string };
  expect(await run("optimise", "main")).toMatchObject({
    code: 0,
    stdout: "main: 0 points, 100 % of them in the search index.\n",
  });
  expect(await run("restore", "main", newest.path)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is open in another process") as string,
  });
  sink.signal("SIGTERM");
  expect(await sink.exit()).toBe(0);

  const restored = await run("restore", "main", newest.path);
  expect(restored).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`as it was at ${newest.takenAt}`) as string,
  });
  const folders = await readdir(join(folder, "zvec"));
  expect(folders).toHaveLength(2);
  expect(restored.stderr).toContain(folders.find((name) => name.startsWith("main.before-")));
  const again = installation.startSink();
  await vi.waitFor(() => expect(again.stderr).toContain("The store was restored from a backup"), { timeout: 30_000 });
});
