import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { manifestPath } from "./backup-manifest.js";
import { removeOldBackups } from "./old-backups.js";

const nameOf = (day: number) => `2026-01-0${day}T03-00-00.000Z`;

async function folderOf(backups: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-backups-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of backups) {
    await mkdir(join(folder, name));
    const manifest = { version: 1, takenAt: "2026-01-01T03:00:00.000Z", collections: [], files: [] };
    await writeFile(manifestPath(join(folder, name)), JSON.stringify(manifest));
  }
  return folder;
}

it("removes all backups but the newest", async () => {
  const folder = await folderOf([3, 1, 4, 2].map(nameOf));
  expect(await removeOldBackups(folder, 2)).toEqual([1, 2].map((day) => join(folder, nameOf(day))));
  expect(await readdir(folder)).toEqual([3, 4].map(nameOf));
  expect(await removeOldBackups(folder, 2)).toEqual([]);
});

it("keeps the one that was just made, though a clock was ahead that named others", async () => {
  const folder = await folderOf([1, 2, 3].map(nameOf));
  expect(await removeOldBackups(folder, 1, join(folder, nameOf(1)))).toEqual(
    [2, 3].map((day) => join(folder, nameOf(day))),
  );
});

it("neither counts nor removes what isn't a whole backup", async () => {
  const folder = await folderOf([nameOf(1), nameOf(2), "before the move", `${nameOf(3)}.unfinished`]);
  await mkdir(join(folder, nameOf(4)));
  await writeFile(join(folder, nameOf(5)), "a file");
  const before = await readdir(folder);
  expect(await removeOldBackups(folder, 2)).toEqual([]);
  expect(await readdir(folder)).toEqual(before);
  expect(await removeOldBackups(folder, 1)).toEqual([join(folder, nameOf(1))]);
});
