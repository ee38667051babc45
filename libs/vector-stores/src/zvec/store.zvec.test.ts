import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeVectorStore } from "../contract/vector-store-contract.js";
import { openZvecStore } from "./store.js";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

describeVectorStore("zvec", async () => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  folders.push(folder);
  return openZvecStore({ directory: join(folder, "store") });
});
