import { createHash } from "node:crypto";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Lies in a backup, and in a store that was made from one, until that is heeded. */
const FILE = "backup.json";
const VERSION = 1;

const schema = z.object({
  version: z.literal(VERSION),
  /** ISO 8601. */
  takenAt: z.string(),
  collections: z.array(z.object({ name: z.string(), points: z.int() })),
  /** By their paths within the backup, all but this one; without a digest those that even a reader changes. */
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string().nullable() })),
});

export type BackupManifest = z.output<typeof schema>;

export function manifestPath(folder: string): string {
  return join(folder, FILE);
}

/** Null when there is none. @throws when it can't be read. */
export async function readManifest(folder: string): Promise<BackupManifest | null> {
  const path = manifestPath(folder);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} can't be read as a backup's list of files: take another backup.`, { cause: error });
  }
}

/** The files that lie in a folder, each durable from then on. */
export async function filesOf(folder: string): Promise<BackupManifest["files"]> {
  const files: BackupManifest["files"] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const within = path.slice(folder.length + 1);
    if (within !== FILE) files.push({ path: within, ...(await digest(path)) });
  }
  return files.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** @throws with a sentence when the folder is no backup, or isn't what it was when it was taken. */
export async function checkBackup(folder: string): Promise<BackupManifest> {
  const manifest = await readManifest(folder);
  if (!manifest) throw new Error(`${folder} is no backup of a zvec store: there is no ${FILE} in it.`);
  const found = new Map((await filesOf(folder)).map((file) => [file.path, file]));
  const wrong = manifest.files.find(({ path, bytes, sha256 }) => {
    const file = found.get(path);
    return file?.bytes !== bytes || (sha256 !== null && file.sha256 !== sha256);
  });
  if (!wrong) return manifest;
  const trouble = found.has(wrong.path) ? "isn't what it was" : "is gone";
  throw new Error(`The backup ${folder} is damaged (${wrong.path} ${trouble}): use another one.`);
}

async function digest(path: string): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path);
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    await file.sync();
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}
